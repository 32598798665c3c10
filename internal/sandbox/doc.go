// Package sandbox is a stand-in for FLORA's assets API and for its storage, in one process and on loopback only. It
// serves `florasync sandbox` and `run --sandbox`, the tests, and whoever tries florasync without an account.
//
// It owns: the six endpoints of the assets guide, signed forms of both kinds of storage, the bytes, a page for
// people, faults on request, and the record of the rules that clients broke. It does not own, import or resemble any
// part of the client: it is written from the specification, so that a mistake in one is not repeated in the other.
// Where the specification is silent, Options lets a test choose each reading.
//
// # Invariants
//
//  1. What was answered is durable: bytes and journal are synced before an answer that tells of them is sent
//     (Options.NoSync leaves that to the kernel). A torn last line of the journal was never answered.
//  2. A request changes one journal line, which is applied to memory and disk alike; opening again is replaying.
//  3. Bytes are streamed; no file is ever whole in memory. A stored object is never changed, only replaced.
//  4. No mutex is held across a sync, a wait or the network; waits end with the request's context. Time is
//     time.Now and its timers alone, so that everything runs in a testing/synctest bubble over an in-memory listener.
//     There is no goroutine besides those of Serve: processing is worked out from the clock when asked.
//  5. Only loopback listeners are served, and only loopback Host headers answered. Nothing leaves the process: a
//     source URL is fetched from the handler that Options.Sources holds for its host.
//  6. A violation is recorded only for what a client could have known; each rule's constant says when.
//
// # Addresses
//
// The API is under /api/v1. The storage (/storage/…, /files/…) has a listener of its own under Serve, so that "the key
// went to the storage" means something; Handler serves all on one. For people and tests there are
//
//	GET  /                     the newest assets as a page
//	GET  /sandbox/assets       all assets, as []Asset
//	GET  /sandbox/violations   the broken rules, as []Violation
//	GET  /sandbox/faults       the faults in force, as text
//	PUT  /sandbox/faults       replaces them
//	GET  /sandbox/media/NAME   a small picture, to create an asset from
//
// # Faults
//
// The text of --faults, SetFaults and PUT /sandbox/faults is a list of name=value, separated by commas; an empty text
// means none, and a new text replaces the former whole. P is a share between 0 and 1, D a duration (300ms, 3s).
//
//	lost=P            API: the effect takes place, the connection closes without an answer
//	drop=P            API: the connection closes before the effect
//	error=P           API: 500 internal_error before the effect
//	error_after=P     API: 500 internal_error after the effect
//	5xx=P             API: 502, 503 or 504 with a gateway's HTML, before the effect
//	hang=P            API: no effect and no answer until the client gives up
//	NNN=P             API: that status (400…599) with FLORA's usual code, before the effect; 429 has a Retry-After
//	cut=P             storage: the connection closes in the middle of the body
//	storage_lost=P    storage: the bytes are stored, the connection closes without an answer
//	storage_drop=P    storage: the connection closes before the file is read
//	storage_5xx=P     storage: 502, 503 or 504, nothing is stored
//	storage_after=P   storage: the bytes are stored, then 502, 503 or 504
//	storage_hang=P    storage: the body is read and not kept; no answer until the client gives up
//	fail=P            processing ends as failed, with a failure_message
//	latency=D         every answer waits
//	expire=D          new forms live that long
//	process=D         processing takes that long
//	rate=N/D          N API requests per workspace and D; more are answered with 429
//	retry_after=D     what a 429 asks for; "none" leaves the header away
//	seed=N            of the draws
//
// A share aims at one operation when that stands in front: complete.lost=1, attach.500=0.3, post.storage_5xx=1. The
// operations are create, create_url, direct, complete, retry, retrieve, list, attach, post and fetch. Draws depend on
// the seed and on the operation, the file's workspace, folder and name, and the attempt; not on the order in which
// requests arrive. The first fault drawn takes place. A test that wants a fault at the n-th call uses Options.Fault.
package sandbox
