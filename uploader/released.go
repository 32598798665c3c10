package uploader

import (
	"context"
	"sync"
	"time"

	"github.com/florasync/florasync/state"
)

const (
	// tidyInterval is how often the record is asked what became of rows that were given back: the same as the longest wait of a breaker, since what is remembered
	// of them may be all that speaks for a host that is down.
	tidyInterval = time.Minute
	// tidyN bounds the rows of which it is asked at a time: 14 ms of processor time, measured with a record in memory, which is 0.02 % of a core.
	tidyN = 5000
)

// released are the rows that were given back before they ended: what is remembered of them is for their next claim. It never comes where the record ends them
// meanwhile (their file vanished, or another one stands in its place), or they are forgotten, folded or retried and skipped.
type released struct {
	mu sync.Mutex
	m  map[state.ID]bool // whether the row had ended when it was last looked at
}

func (r *released) put(id state.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.m == nil {
		r.m = make(map[state.ID]bool)
	}
	r.m[id] = false
}

func (r *released) drop(id state.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.m, id)
}

// some returns up to n of them; which ones is left to the map, so that each has its turn.
func (r *released) some(n int) []state.ID {
	r.mu.Lock()
	defer r.mu.Unlock()
	ids := make([]state.ID, 0, min(n, len(r.m)))
	for id := range r.m {
		if len(ids) == n {
			break
		}
		ids = append(ids, id)
	}
	return ids
}

// looked notes whether a row has ended, and reports that it had before: a commit of unknown fate may bring back what one look took for ended, and by then its
// memory must not be gone (see posts). A row that was claimed since is not let go of.
func (r *released) looked(id state.ID, ended bool) (over bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before, there := r.m[id]
	if !there {
		return false
	}
	if ended && before {
		delete(r.m, id)
		return true
	}
	r.m[id] = ended
	return false
}

// tidyLoop lets go of what is remembered of rows that ended without a claim. Run starts it and waits for it.
func (u *Uploader) tidyLoop(ctx context.Context) {
	tick := time.NewTicker(tidyInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			u.tidy(ctx)
		}
	}
}

func (u *Uploader) tidy(ctx context.Context) {
	for _, id := range u.released.some(tidyN) {
		it, there, err := u.opt.Queue.Get(ctx, id)
		if err != nil {
			return
		}
		if u.released.looked(id, !there || over(it)) {
			u.forget(id)
			u.posts.forget(id)
		}
	}
}

// over reports a row that is never claimed again. One that failed is when it is retried by hand.
func over(it state.Item) bool { return it.Settled() && it.Halt != state.Failed }

// forget lets go of what is remembered of a row between two claims, but for what was sent: a row that failed and is retried by hand goes on with the asset it has,
// and with what may be there.
func (u *Uploader) forget(id state.ID) {
	u.forms.drop(id)
	u.hosts.forget(id)
	u.missed.forget(id)
	u.repeats.forget(id)
	u.contents.forget(id)
	for _, d := range []*delays{&u.busy, &u.linking, &u.absent, &u.local, &u.unreached} {
		d.forget(id)
	}
}
