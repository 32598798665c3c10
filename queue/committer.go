package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// op is one call that waits for the committer, or, from Submit, one that nobody waits for.
type op struct {
	// exec runs inside the transaction. It returns a refusal before it writes anything: an error after a write takes the whole transaction back.
	exec func(*batch) error
	// alone, in exec's place, runs while no transaction is open. It changes nothing.
	alone func() error
	hold  []state.ID // rows whose image holds what this op will do
	// retires says that the op settles a row that a claim passed over: it is counted in Queue.retiring until it is done.
	retires bool
	idle    bool  // nobody waits for it
	proof   bool  // it only asks whether the committer comes round, and is done when an op runs alone
	err     error // set before done is closed
	done    chan struct{}
}

// errAborted says that nothing of the transaction was tried on disk.
var errAborted = errors.New("the transaction was taken back")

// do has fn run by the committer and returns when it is on disk. The end of ctx ends the waiting, not the work.
func (q *Queue) do(ctx context.Context, fn func(*batch) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o := &op{exec: fn, done: make(chan struct{})}
	q.mu.Lock()
	err := q.push(o)
	q.mu.Unlock()
	if err != nil {
		return err
	}
	return o.wait(ctx)
}

func (o *op) wait(ctx context.Context) error {
	select {
	case <-o.done:
		return o.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// push queues an op for the committer. q.mu is held.
func (q *Queue) push(o *op) error {
	if err := q.refusal(); err != nil {
		return err
	}
	q.pending = append(q.pending, o)
	if o.idle {
		if !q.idling {
			q.idling = true
			time.AfterFunc(idleOps, q.rush)
		}
		return nil
	}
	q.rush()
	return nil
}

// idleOps is how long what nobody waits for may wait for a commit that somebody waits for. It takes a commit a file off: a reservation is followed by the
// bytes of a small file within milliseconds. A guess: as long as a person takes for at once.
const idleOps = 50 * time.Millisecond

// rush has the committer commit what is pending.
func (q *Queue) rush() {
	select {
	case q.kick <- struct{}{}:
	default:
	}
}

// refusal says why no change can be taken now. q.mu is held.
func (q *Queue) refusal() error {
	if q.closed {
		return ErrClosed
	}
	return q.down
}

// run is the committer: it commits together whatever was queued while the last commit ran. It owns q.file while a transaction is open.
func (q *Queue) run() {
	defer close(q.stopped)
	for {
		select {
		case <-q.kick:
		case <-q.closing:
			q.commitPending()
			return
		}
		q.commitPending()
	}
}

func (q *Queue) commitPending() {
	if found := q.found.Load(); found != nil && !q.isDamaged() {
		q.failed(nil, *found)
		return
	}
	q.mu.Lock()
	pending := q.pending
	q.pending, q.idling = nil, false
	q.alone = slices.ContainsFunc(pending, func(o *op) bool { return o.alone != nil })
	ops, alone := pending, q.alone
	q.mu.Unlock()
	if alone {
		ops = q.stepAside(pending)
	}
	if len(ops) == 0 {
		return
	}
	b, err := q.transact(ops)
	if err != nil {
		q.failed(ops, err)
		return
	}
	q.landed(b, ops)
}

// stepAside runs the ops that are to run alone, which may take minutes, and returns those that are left for a transaction.
func (q *Queue) stepAside(pending []*op) (left []*op) {
	for _, o := range pending {
		switch {
		case o.proof:
			close(o.done)
		case o.alone == nil:
			left = append(left, o)
		}
	}
	for _, o := range pending {
		if o.alone != nil {
			o.err = o.alone()
			close(o.done)
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.alone = false
	return left
}

// transact runs the ops in one transaction and commits it, unless none of them changed anything.
func (q *Queue) transact(ops []*op) (b *batch, err error) {
	var tx *bolt.Tx
	err = guard(func() (err error) {
		if tx, err = q.file.db.Begin(true); err != nil {
			return err
		}
		b = newBatch(q, tx)
		for _, o := range ops {
			before := b.writes
			if o.err = o.exec(b); o.err == nil {
				continue
			}
			if b.writes != before || errors.Is(o.err, ErrDamaged) {
				return fmt.Errorf("%w: %w", errAborted, o.err)
			}
		}
		if b.writes == 0 {
			return nil
		}
		if err := b.flushTallies(); err != nil {
			return fmt.Errorf("%w: %w", errAborted, err)
		}
		q.setHead(b.head) // before the commit: rows that others read next may name a root added here
		if err := q.commit(tx); err != nil {
			return err
		}
		tx = nil
		q.commits.Add(1)
		return nil
	})
	if tx != nil {
		if bad := rollback(tx); err == nil {
			err = bad
		}
	}
	return b, err
}

// landed tells, in this order: memory, the observer, the waiters, the claimers.
func (q *Queue) landed(b *batch, ops []*op) {
	q.mu.Lock()
	retired := q.retired(ops)
	for id, r := range b.wrote {
		q.learn(id, r)
	}
	over := q.unsaved != nil && b.writes > 0
	if over {
		q.unsaved = nil
	}
	for _, o := range ops {
		q.letGo(o.hold, true)
	}
	q.letGo(b.holds, false)
	for key, due := range b.reached {
		q.lane(key).back(due)
	}
	for _, p := range b.passed {
		if _, claimed := q.claims[p.id]; !claimed { // a claimed row comes back by Release
			q.lane(p.lane).back(p.key)
		}
	}
	q.mu.Unlock()
	if over {
		q.observer.Noticed(state.Notice{Event: state.StateOpened, Hint: "it can be written again"})
	}
	for _, t := range b.told {
		t.to(q.observer)
	}
	for _, o := range ops {
		close(o.done)
	}
	if b.writes > 0 || retired {
		q.rouse()
	}
}

// retired counts off the ops that retire rows and reports whether there were any. q.mu is held.
func (q *Queue) retired(ops []*op) bool {
	n := 0
	for _, o := range ops {
		if o.retires {
			n++
		}
	}
	q.retiring -= n
	return n > 0
}
