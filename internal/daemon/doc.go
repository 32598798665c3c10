// Package daemon composes the rooms: it opens the record, points the watcher's findings into the queue and the uploader at what is due, and answers what
// commands ask, beside a running daemon and on the record alone.
//
// What it owns: the wiring (wire.go), the routes between watcher and queue (intake.go), the answers of control.Service, and the end of a `run --once`.
// What it does not: any rule of the other rooms. It starts the sandbox no more than the real FLORA: a base URL is all it knows.
//
// Invariants:
//
//  1. Nobody waits for ever: every goroutine it starts ends with Run.
//  2. The record is closed last, after everything that may still write to it.
//  3. A command changes rows only through the queue, never through the watcher or the uploader.
package daemon
