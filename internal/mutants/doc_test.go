// Package mutants takes the rules of exactly-once out of the program, one at a time, and sees that a test notices. It holds tests only.
//
// It owns the table of mutants: for each rule, for each paragraph below them that a promise rests on, and for what is promised of faults, what is taken
// out, by which edit, and the test that must fail then. It does not own those tests: they stand in the rooms whose rules they are.
//
// Invariants:
//
//  1. The text that an edit replaces occurs exactly once in its file, and the changed file is Go: in every run, so that the table cannot rot.
//  2. With -mutants each named test fails, by a failed assertion: not by a compile error, a panic of the harness or a time-out.
//  3. The tree is never written to: the go command is shown the changed files by -overlay.
package mutants
