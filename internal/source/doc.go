// Package source is the file on disk: opened beneath its root, identified, probed for writers, listed and filed away. It is the only place with build
// tags.
//
// What it owns: the system calls, and that no name, link or race leads outside a root. What it does not: when a file has settled, which rules want it,
// what becomes of it.
//
// Invariants, cited by number in tests:
//
//  1. Nothing outside the root is opened, moved or removed: every path is resolved beneath the root's directory, without following any link
//     (openat2(2) RESOLVE_BENEATH|RESOLVE_NO_SYMLINKS, or a walk with O_NOFOLLOW where that is missing).
//  2. Only regular files are opened, and never in a way that could wait: no FIFO, no device.
//  3. A root holds no descriptor between calls: that would keep its file system from being unmounted.
//  4. A lease is set and unset at once: a held one would keep a writer waiting.
//  5. A file is removed or moved only when the name, after it was taken out of everybody's way, leads to the version that was asked for; anything
//     else is put back, and nothing is ever replaced.
package source
