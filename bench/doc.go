// Command bench measures florasync against what else could move the same files, on loopback, against the sandbox:
//
//   - the wire: a bare client that makes the same three requests a file (reserve, post, complete) at the same concurrency, with no watcher, no queue and
//     no record. It is what FLORA's protocol costs on this machine.
//   - florasync: the built program's `run --once`, from its start to its end, on a record that is not new.
//   - the SDK: the official SDK scripted as its documentation shows, at the same concurrency. It needs node and npm.
//
// Rounds are interleaved, so that what else the machine does falls on all of them; medians count, and only their ratios mean something elsewhere.
//
//	go run ./bench                     # everything, three rounds: half an hour on two cores
//	go run ./bench -only small -rounds 1
//	go run ./bench -only waiting -plot docs/waiting.svg
//
// The Go benchmarks beside it measure the watcher and the queue: `make bench` runs both.
package main
