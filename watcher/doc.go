// Package watcher says which files of the watched folders have settled, and which are gone.
//
// Events say where to look. A listing made after the watch exists says what is there. The open descriptor says what is uploaded. The record says what is
// done. Each later layer may overrule the earlier one, never the other way round.
//
// What it owns: the rules (which names are wanted), the tree of directories, when a file has settled, when a root is offline. What it does not: what a
// sighting means for a row (queue), what is uploaded (uploader), the system calls (internal/source).
//
// The parts: [Hints] drains the kernel's events into a set of dirty paths and does nothing else; the tree is the map of directories, with what was seen of
// each at its last listing; the settler is a pure stage that decides when a file is ready; the batch takes sightings to the record, one flight at a time. One goroutine per root
// owns all of it.
//
// Invariants, cited by number in tests:
//
//  1. A directory is watched first, then listed.
//  2. What is known and unchanged is not opened and not written: everything behind a hint is a no-op then.
//  3. A file is told as settled only after two equal identities at least the quiet time apart in monotonic time, with nobody writing (or no probe to ask);
//     or when a scan found it with stamps older than the quiet time without a probe.
//  4. A file that somebody has open for writing is never told as settled, however long that lasts.
//  5. A path is told as gone only when a look at that very path found nothing, or another file than the one it is said of, and the root was the same
//     folder before and after.
//  6. What is gone is told before what is new, so that a rename is seen as one. Whatever the order in which its two ends are looked at: before a file is
//     told that the record believes to stand elsewhere, that place is looked at.
//  7. A root that is absent, or empty where files are known, is offline: nothing of it is judged gone.
//  8. No link is followed, nothing outside the root is looked at.
//  9. Memory is bounded by the directories, one directory's names, and the files that are settling (at most settlingMax).
package watcher
