// Package state holds florasync's words and its machine: the phases a file goes through, the outcomes that move it, the fingerprints that tell
// versions apart, and the keys that make a request repeatable. It is the bottom of the house: standard library only, no I/O, no clock, no logger.
//
// What it owns: the vocabulary every other room speaks, and [Next], the only function that moves a phase.
// What it does not: storing rows (queue), learning outcomes (uploader), seeing files (watcher), printing (telemetry).
//
// Invariants, cited by number in tests:
//
//  1. A phase names the last fact that is durably true, never an activity. Nothing says "running".
//  2. [Next] moves a row only along [Table]; whatever the table does not list is [ErrNoTransition].
//  3. [Next] is compare-and-set: a change made for another revision is [ErrStale] and moves nothing.
//  4. Halts stand beside the phase; the phase stays where it was.
//  5. A reservation belongs to one version: [GaveUp] starts a new generation, from queued (a lost answer) or reserved, where complete was not sent or was
//     refused; beyond that only the operator's word on an ambiguous row does, [Reopen].
//  6. Only an uploaded row may be completed; only uploaded, completed, adopted and linked rows become ready, and what is made from a URL.
//  7. Being interrupted, throttled or locked out is not an attempt: only a passing fault counts.
//
// Where comments elsewhere say rule N they mean invariant N of package uploader, and promise N is the N-th of docs/guarantees.md.
package state
