// Package queue is the record: one bbolt file that holds every version of every file florasync has seen, what became of it, and what is due next.
//
// What it owns: the file, its lock, its layout (see schema.go), the order of commits, and the claims, which are memory and die with the process.
// What it does not: moving phases ([state.Next] and [state.Fold] do), deciding what a file needs (uploader), seeing files (watcher), or a clock:
// methods take now.
//
// Invariants, cited by number in tests and verified by [Queue.Check]:
//
//  1. No transaction outlives a method, and nothing but pages crosses the wall: no iterator, no callback.
//  2. Whatever Apply, Sight, Forget, Pause and their like return without an error is on disk.
//  3. Changes of one row are committed in the order in which Submit and Apply accepted them.
//  4. Every waiting row is in the due index exactly once, unless its path vanished before it was uploaded: then it is in the gone index.
//  5. A path has one entry, which names its newest row and the sum of that row's fingerprint, or a mark without a row. What is to be judged anew whenever it
//     is seen has another sum.
//     A row whose file may stand at its path is in the files index, where a file is found by its identity.
//  6. seen = waiting + ready + failed + skipped, for every root, after every commit; the counters say what a walk would count.
//  7. A row that another holds (a claim, a change under way) is never moved by a sighting; only its path and stamps follow the file.
//  8. An unchanged file opens no row and makes no commit.
//  9. A row enters the finished bucket when it settles (done, failed, skipped, parked) and leaves it when it is reopened or forgotten.
//  10. Damage is an error, never a panic, and a damaged file is never overwritten.
//  11. Times are kept to the microsecond; memory foresees them so.
package queue
