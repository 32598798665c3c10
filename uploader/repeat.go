package uploader

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

const (
	// repeatFirst … repeatCap is how long after a 409 to complete it is sent again while the asset stays pending, doubling. A completion that was taken
	// takes seconds to be processed; repeating it is harmless by the asset's state (rule 6).
	repeatFirst = time.Minute
	repeatCap   = 15 * time.Minute
)

// repeats say when complete is to be sent again for rows whose completion was refused as done already, and never answered with a success. Memory: a new
// process asks once more.
type repeats struct {
	mu sync.Mutex
	m  map[state.ID]repeat
}

type repeat struct {
	next  time.Time
	wait  time.Duration
	taken bool // FLORA answered with a success
}

// due reports that it is time, and plans the next. since is when the row was first taken for completed.
func (p *repeats) due(id state.ID, since, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.m == nil {
		p.m = make(map[state.ID]repeat)
	}
	e, known := p.m[id]
	if !known {
		e = repeat{next: since.Add(repeatFirst), wait: repeatFirst}
	}
	due := !e.taken && !now.Before(e.next)
	if due {
		e.wait = min(2*e.wait, repeatCap)
		e.next = now.Add(e.wait)
	}
	p.m[id] = e
	return due
}

func (p *repeats) taken(id state.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.m[id] = repeat{taken: true}
}

func (p *repeats) forget(id state.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.m, id)
}

// completeAgain tells FLORA once more that the bytes are there: that they were told before was FLORA's word, and the asset is pending still. What goes
// wrong with it is no attempt of the row, which is looked at as before.
func (r *row) completeAgain(ctx context.Context) (*state.Outcome, error) {
	r.doing.Store("complete again")
	asset, meta, err := r.tellComplete(ctx)
	var refused *flora.Error
	switch {
	case err == nil:
		r.u.repeats.taken(r.it.ID)
		return r.standing(ctx, asset, meta)
	case errors.As(err, &refused) && lifecycle(refused.Status):
		return r.completeRefused(ctx, refused)
	case ctx.Err() != nil:
		return nil, err
	}
	if class := classify(err, time.Now()).fault.Class; class == state.Passing || class == state.Lasting {
		return nil, waitFor(pollDelay(time.Since(r.completedAt())))
	}
	return nil, err
}
