// Package queuetest is a black-box suite for any implementation of the record: what the watcher, the uploader and the daemon rely on, each promise a
// subtest named after its outcome, and random operations beside a model. The implementation is checked after every test.
//
// What it owns: the interface the consumers need, as one type. What it does not: the layout of a file, damage, or failing commits, which are tested
// where they are implemented.
package queuetest
