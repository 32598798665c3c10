// Package scenarios plays what happens to watched folders in the field: a script per scenario (testdata/*.txtar), the whole daemon with the kernel's
// own events, real files, real mounts, real time, and the sandbox in FLORA's place. What fake time can show is tested in internal/simulation and
// watcher; here is what only the kernel knows: events, leases, inodes, mounts, limits.
//
// A script has testscript's own commands (exec, mv, rm, mkdir, symlink, chmod, …) and these:
//
//	settings LINE…     lines of the root's configuration, before start
//	more LINE…         lines of the configuration behind the root
//	start, halt        a daemon begins, or drains and ends; a second start is a restart
//	write FILE [SIZE]  writes a file of its own bytes in one go (default 3000 bytes) and notes it as a whole version
//	rewrite FILE       writes other bytes of the same size in place and notes them as a whole version
//	append FILE SIZE   appends bytes and notes the file as a whole version
//	whole FILE…        notes what is there as a whole version: its bytes may become ready
//	ready FILE…        waits until the bytes that are there now are ready, and notes them as a whole version
//	unready FILE…      rests, then asserts that the bytes that are there now are not ready
//	rest               has all folders compared with the record, and waits until nothing is left that can move
//	assets N           asserts that so many assets are ready
//	rows N             asserts that the record has so many rows: one for each version of a file
//	until WHAT REGEX   waits until `status`, or `explain FILE`, or `list`, says so in its JSON
//	filed DIR DIR      asserts that the first is empty, and that everything in the second is ready, but for what the script wrote there itself
//	pause, resume      the root is paused: what settles waits, and goes on
//	hold, release      FLORA's storage stops answering, and goes on
//	uploading FILE     waits until the storage has begun to take the file; after hold
//	lost, heard        hints are dropped and nobody is told, until heard
//	overflow           the next hints are dropped, and that is told
//	noted              takes the digests that the last exec printed, one a line, for whole versions
//	twice FILE         the bytes at FILE belong to two files: they may be ready twice
//	refused REGEX      asserts that no daemon starts, and what it says
//	umount DIR         unmounts, within a moment
//	promises           the end of every script: each ready asset is a whole version, each only once, the accounting adds up, no rule of FLORA was broken
//
// and the programs of writers_test.go, run by exec, in processes of their own.
package scenarios
