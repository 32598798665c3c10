// Package uploader turns rows into ready assets: it claims what is due, does one remote effect at a time, and tells the queue what each step learned.
//
// What it owns: the order of the steps, the faults (classify.go: one function, one table), the waits they cause, and the bound on requests in flight.
// What it does not: when a file has settled (watcher), where rows live (queue), how a phase moves (state.Next), how a request looks (uploader/flora).
//
// Invariants, cited by number in tests:
//
//  1. One reservation, one version: bytes go only to the form of the row they belong to, and only while the file is the version of the row.
//  2. Uploaded is proven: exactly the recorded size, then end of file, the descriptor's identity unchanged, nobody writing.
//  3. Complete is sent only from a committed uploaded.
//  4. A new generation starts only when the old asset cannot become ready.
//  5. Time never renews: a form that is expired, lost, spent or refused is evidence for retry; elapsed time is not.
//  6. A reservation's key is a function of the version; complete and retry have a fresh key a request.
//  7. Bytes of unknown fate are asked for at FLORA before they are sent again.
//  8. A fault that is not the row's costs the row nothing: no attempt, no phase, no form that still lives.
//  9. At most Concurrency requests are in flight, whatever the number of rows under way; a row that waits holds no slot.
package uploader
