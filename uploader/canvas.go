package uploader

import (
	"context"
	"sync"

	"github.com/florasync/florasync/state"
)

// canvases are the assets that a row is attaching, by the row: of those that share one, one at a time asks what the others did, and sends.
type canvases struct {
	mu    sync.Mutex
	taken map[string]state.ID
}

// take reports whether the row may attach the asset now, and until give nobody else may.
func (c *canvases) take(asset string, id state.ID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.taken == nil {
		c.taken = make(map[string]state.ID)
	}
	if by, taken := c.taken[asset]; taken {
		return by == id
	}
	c.taken[asset] = id
	return true
}

func (c *canvases) give(asset string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.taken, asset)
}

// shareCanvas finds out what the rows did that have the same asset (duplicates: link): their keys are their own, so that FLORA would take a request of each,
// and the project's list does not show one that is on its way. When one of them put it on this canvas it is there; while one may have sent a request this row
// waits for that one. Nil and nil: the row is the one to attach it, and looks first when there are others; what it sends then goes out under the key of one that is
// parked and may have sent, and stays under that.
func (r *row) shareCanvas(ctx context.Context, project string) (*state.Outcome, error) {
	if r.it.URL != "" || !r.root.Link && r.it.Reason != state.Duplicate {
		return nil, nil
	}
	if !r.u.canvases.take(r.it.AssetID, r.it.ID) {
		return nil, waitFor(r.u.linking.next(r.it.ID))
	}
	r.canvas = r.it.AssetID
	others, err := r.u.opt.Queue.Sharers(ctx, r.it.ID, r.it.Print.Size, r.it.Digest, r.it.AssetID)
	if err != nil {
		return nil, err
	}
	r.shared, r.lender = len(others) > 0, nil
	if attachRank(r.it) == attachOwn && inKeyWindow(r.it, r.u.clock.now()) { // it looks because of the others, and may have sent before there were any
		own := r.it
		r.lender = &own
	}
	wait := false
	for _, other := range others {
		if other.Phase >= state.Attached && other.Project == project {
			return is(state.IsAttached(project, other.NodeID, other.CanvasURL, r.work())), nil
		}
		wait = wait || r.goesBefore(other, project)
		if r.lends(other, project) && (r.lender == nil || r.lender.ID != r.it.ID && !other.Adopted) {
			r.lender = &other
		}
	}
	if wait {
		return nil, waitFor(r.u.linking.next(r.it.ID))
	}
	return nil, nil
}

// goesBefore reports a row that may have sent a request for the same canvas, earlier than this one.
func (r *row) goesBefore(other state.Item, project string) bool {
	root, ok := r.u.opt.Roots.Root(other.Root)
	if !ok || other.Phase != state.Ready || other.Parked() || projectOf(other, root) != project {
		return false
	}
	ours, theirs := attachRank(r.it), attachRank(other)
	switch {
	case theirs == attachNotSent || ours != theirs:
		return theirs < ours
	case !other.AttachAt.Equal(r.it.AttachAt):
		return other.AttachAt.Before(r.it.AttachAt)
	}
	return other.ID < r.it.ID
}

// lends reports a parked row that may have sent a request for the same canvas: nobody waits for it, and the request may be on its way though a later one was
// refused. Under its key FLORA takes one of them.
func (r *row) lends(other state.Item, project string) bool {
	root, ok := r.u.opt.Roots.Root(other.Root)
	return ok && other.Phase == state.Ready && other.Parked() && projectOf(other, root) == project && attachRank(other) != attachNotSent &&
		inKeyWindow(other, r.u.clock.now())
}

// How near to the canvas a row is that has to be attached: an order, so that no two wait for each other.
const (
	attachMaySend = iota // it looked, and its request may have been sent since
	attachOwn            // its own upload: it sends without a look, unless there are others
	attachNotSent        // it has to look first
)

func attachRank(it state.Item) int {
	switch {
	case !it.AttachAt.IsZero():
		return attachMaySend
	case !it.Adopted:
		return attachOwn
	}
	return attachNotSent
}
