// Package simulation runs the whole daemon against the sandbox, in fake time and on real files, and kills it wherever that can hurt: after each commit,
// with the last commit lost, after each effect at FLORA before its answer, and at any moment; alone, in pairs, together with each fault of the sandbox,
// and by random seeds with files that change meanwhile, in one watched folder or between two. After every run the promises of docs/guarantees.md are asserted.
//
// It owns no rule: it knows what was written to the folder, what the sandbox holds and what the record says, and compares the three.
//
// How a life is killed. The commit that is the last to survive is the one whose callback does not return: from then on nothing can be recorded. The
// network is cut, every context ends, and when the life has stopped moving the record is copied; the next life opens the copy. That is a process that was
// killed at that moment after its record had been stuck for a while, which is a process that was killed.
//
// Invariants of the harness:
//
//  1. A new life begins when nothing of the old one runs: it touches no file, and no request of it is on its way but those that are held up on purpose.
//
//  2. No two versions of files have the same bytes, unless a test asks for it, so that a digest names a version.
//
//  3. Each write has a modification time of its own: the kernel's clock ticks slowly, and fake time does not move it.
//
//  4. What a client cannot know is not held against it: a wait that FLORA asked of a process that was killed; that somebody paid, while there is nothing to
//     reserve; FLORA's word that bytes are missing which it took; bytes and their completion that are both held up, and arrive after FLORA missed them.
//
//     go test ./internal/simulation -simulation.seed 17             one seed again
//     go test ./internal/simulation -simulation.runs 100000 -timeout 2h    many
//     go test ./internal/simulation -simulation.for 1h -timeout 2h  random plans and worlds for an hour, from a seed that is printed
//     go test ./internal/simulation -simulation.long -timeout 9h    every pair, every fault before every crash
package simulation
