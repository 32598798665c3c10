package uploader

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

// row is one claimed row being worked on, by one goroutine, which Uploader.start owns. What it knows beyond the item is memory and dies with it;
// forms outlive it in Uploader.forms, so that a row that had to wait does not need a new one.
type row struct {
	u        *Uploader
	it       state.Item
	root     Root
	cancel   context.CancelCauseFunc
	ended    chan struct{}
	started  time.Time
	lane     state.Lane // as claimed
	size     int64
	tries    []*breaker  // open ones that let this row through
	tookFrom string      // workspace of which assets of an earlier record are looked at
	canvas   string      // asset that no other row may attach meanwhile
	shared   bool        // other rows have its asset
	lender   *state.Item // one of these, or the row itself, under whose key it is attached after a look
	slot     bool        // one is held: between a reservation, or a renewal, and the bytes
	film     bool        // so is one of those for the bytes of large files

	file     *source.File      // open while the row is examined and sent
	print    state.Fingerprint // of the open file, when it was opened
	digest   *[32]byte         // of the open file, once read
	renewing bool              // a renewal is on disk, retry has not been asked yet
	missed   *state.Fault      // FLORA misses the bytes of a send without an answer
	renewed  int               // renewals in this claim
	gaveUp   int               // reservations left behind in this claim
	mayPost  bool              // the intent of a URL was put on disk in this claim: its request was not sent yet

	doing atomic.Value // string: for status and explain
	phase atomic.Uint32
	sent  atomic.Int64 // bytes of the file handed to the network
}

// pause ends the work on a row for now, without a mark on the row: a gate, a busy file, an asset still processing.
type pause struct{ until time.Time }

func (p *pause) Error() string { return "wait until " + p.until.Format(time.RFC3339) }

func waitFor(d time.Duration) error     { return &pause{until: time.Now().Add(d)} }
func waitUntil(t time.Time) error       { return &pause{until: t} }
func is(o state.Outcome) *state.Outcome { return &o }

// run takes step after step until the row is settled, has to wait, or the work is cut. It returns until when the row must not be handed out.
func (r *row) run(ctx context.Context) (until time.Time) {
	defer r.close()
	for !r.it.Settled() {
		if ctx.Err() != nil { // a step may teach nothing, and the work was cut meanwhile
			return time.Time{}
		}
		began := time.Now()
		o, err := r.step(ctx)
		if errors.Is(err, errMoved) {
			continue
		}
		if err != nil {
			var p *pause
			if errors.As(err, &p) {
				return p.until
			}
			if ctx.Err() != nil { // being interrupted is not an attempt
				return time.Time{}
			}
			o, err = r.judge(ctx, err)
			if errors.As(err, &p) {
				return p.until
			}
		}
		if o == nil {
			continue
		}
		switch later, err := r.apply(ctx, *o, began); {
		case errors.Is(err, state.ErrStale): // the row moved on: the next claim reads it anew
			return time.Time{}
		case err != nil && ctx.Err() == nil: // the record refuses: not for this row to ask again and again
			return time.Now().Add(recordDelay)
		case err != nil || later:
			return time.Time{}
		}
	}
	r.u.forget(r.it.ID)
	if over(r.it) {
		r.u.posts.forget(r.it.ID)
	}
	return time.Time{}
}

// step does one remote effect and returns what it taught; nil without an error means that something was learned that only this claim needs.
func (r *row) step(ctx context.Context) (*state.Outcome, error) {
	r.doing.Store(r.it.Phase.String())
	if was := state.Phase(r.phase.Swap(uint32(r.it.Phase))); was < state.Uploaded && r.it.Phase >= state.Uploaded {
		r.u.wake() // a film's place may be free
	}
	if r.it.Phase != state.Reserved {
		r.leave()
	}
	if r.it.Phase >= state.Uploaded && !r.reconfigured() && r.it.Phase >= state.Ready {
		return nil, waitUntil(time.Time{}) // nobody says any more what is to be done with it
	}
	switch r.it.Phase {
	case state.Queued:
		if r.fromURL() {
			return r.create(ctx)
		}
		return r.reserve(ctx)
	case state.Reserved:
		return r.send(ctx)
	case state.Uploaded:
		return r.complete(ctx)
	case state.Completed:
		return r.poll(ctx)
	case state.Ready:
		return r.attach(ctx)
	case state.Attached:
		return r.fileAway(ctx)
	}
	return nil, fmt.Errorf("%v is %v: nothing to do", r.it.ID, r.it.Phase)
}

// reconfigured takes over the root as it is configured now: project, after and move_to count when their turn comes, and a large file may have been on its way for
// hours by then. It is finished with the key it was begun with. False: its root is not configured any more.
func (r *row) reconfigured() bool {
	root, ok := r.u.opt.Roots.Root(r.it.Root)
	if ok {
		root.Account = r.root.Account
		r.root = root
	}
	return ok
}

// apply records an outcome, and awaits the disk where something is done next that must not come before it. It reports whether the row has to wait now.
func (r *row) apply(ctx context.Context, o state.Outcome, began time.Time) (later bool, err error) {
	now := time.Now()
	if o.Took() == 0 {
		o = o.By(o.RequestID(), now.Sub(began))
	}
	c := state.Change{ID: r.it.ID, Rev: r.it.Rev, At: now, Outcome: o}
	var it state.Item
	if lazy(o) {
		it, err = r.u.opt.Queue.Submit(c)
	} else {
		it, err = r.u.opt.Queue.Apply(ctx, c)
	}
	switch {
	case err != nil:
		return true, err
	case o.Kind() == state.KindSame:
		return true, nil // this row is gone: the older one took over
	}
	r.it = it
	r.noteAsset()
	if o.Kind() == state.KindGaveUp {
		r.renewing, r.renewed = false, 0
		r.u.posts.anew(it.ID)
		r.gaveUp++
	}
	if o.Kind() == state.KindReverted {
		r.closeFile() // it did not matter for a while: whether it is still this version is asked anew
		r.u.repeats.forget(it.ID)
		r.u.missed.note(it.ID, now)
	}
	if it.Phase >= state.Uploaded || it.Settled() || it.Phase == state.Queued {
		r.u.forms.drop(it.ID)
	}
	return o.Kind() == state.KindLater, nil
}

// lazy reports an outcome that is submitted and not awaited. Reserved and Renewed: commits keep their order, so that uploaded implies them. Ready, when
// nothing is left to do: the row is over, and a life that ends before the commit leaves it where complete or retrieve says so again.
func lazy(o state.Outcome) bool {
	switch o.Kind() {
	case state.KindReserved, state.KindRenewed:
		return true
	case state.KindReady:
		return o.Work() == (state.Work{})
	}
	return false
}

// close gives back what the row holds while it is worked on.
func (r *row) close() {
	r.leave()
	r.closeFile()
	for _, b := range r.tries {
		b.untried()
	}
	r.tries = nil
	if r.tookFrom != "" {
		r.u.earlier.give(r.tookFrom, r.it.ID)
		r.tookFrom = ""
	}
	if r.canvas != "" {
		r.u.canvases.give(r.canvas)
		r.canvas = ""
	}
}

func (r *row) closeFile() {
	if r.file != nil {
		r.file.Close()
		r.file = nil
	}
}
