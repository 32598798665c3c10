// Package control is the contract of the control socket: what commands ask of a daemon and the JSON it answers with. The same [Service] answers beside a
// running daemon, over its Unix socket, and without one, on the record alone.
//
// What it owns: the JSON of items, status and explanations, the HTTP server and client of the socket. What it does not: the answers.
//
// Invariants:
//
//  1. Every field of an item is always present: integers, strings or null, arrays.
//  2. A list is handed over in pages; no answer grows with the record.
//  3. A copy of the record that was cut is no answer: it ends in an error.
//  4. The socket is for root and the user of the service: the file's mode says so, and the kernel is asked who connected. A group that is let in reads.
package control
