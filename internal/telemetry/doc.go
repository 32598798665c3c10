// Package telemetry turns what the rooms tell their observer into log lines. It is the one owner of the log: one line a transition, one a notice.
//
// What it owns: which event a transition is, its level and words, the three ways of writing a line, and the last scrubbing of secrets. What it does
// not: deciding anything, counting rows, and waiting: its methods are called behind the committer.
//
// Invariants, cited by number in tests:
//
//  1. A transition is one line, and [EventOf] alone says which.
//  2. Every event of state.Events has its words in one table, and no other event is written.
//  3. No line holds an API key, a bearer token, or the user part or query of a URL, whatever an error says.
//  4. A line is one Write, and one line: whatever a name or an error holds, it does not break it or move a cursor.
//  5. No lock is held but for a write.
package telemetry
