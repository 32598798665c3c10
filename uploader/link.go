package uploader

import (
	"context"
	"sync"
	"time"

	"github.com/florasync/florasync/state"
)

const (
	// linkFirst … linkCap is how long a row waits for an equal one that is under way.
	linkFirst = 100 * time.Millisecond
	linkCap   = 30 * time.Second
)

// content is what makes rows of linked roots equal.
type content struct {
	workspace, folder string
	size              int64
	digest            [32]byte
}

// contents are the rows of linked roots on their way, so that of equal files one is sent and the others wait for it. Memory: after a restart the index
// of what was sent takes its place, and a row that had a reservation by then is read once more before it is sent.
type contents struct {
	mu    sync.Mutex
	first map[content]state.ID
	of    map[state.ID]known
}

// known is the content of a row as it was read.
type known struct {
	content
	print state.Fingerprint
}

// enter returns the row that is on its way with this content: the row itself when there is none yet.
func (c *contents) enter(id state.ID, k known) state.ID {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.first == nil {
		c.first, c.of = make(map[content]state.ID), make(map[state.ID]known)
	}
	if old, ok := c.of[id]; ok && old.content != k.content && c.first[old.content] == id {
		delete(c.first, old.content)
	}
	c.of[id] = k
	if _, taken := c.first[k.content]; !taken {
		c.first[k.content] = id
	}
	return c.first[k.content]
}

// read returns the digest of a row whose file was read before and did not change since.
func (c *contents) read(id state.ID, print state.Fingerprint) (*[32]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.of[id]
	if !ok || k.print != print {
		return nil, false
	}
	return &k.digest, true
}

// leader reports a row whose file was read, did not change since, and is the one to be sent.
func (c *contents) leader(id state.ID, print state.Fingerprint) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.of[id]
	return ok && k.print == print && c.first[k.content] == id
}

// forget lets go of a row that settled, or of one that somebody waits for in vain.
func (c *contents) forget(id state.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k, ok := c.of[id]; ok {
		delete(c.of, id)
		if c.first[k.content] == id {
			delete(c.first, k.content)
		}
	}
}

// link finds out, for a row of a linked root, whether its content is ready already in the same workspace and folder: then that asset serves both. While
// an equal row is under way it waits for that. Nil and nil: it is sent for itself.
func (r *row) link(ctx context.Context, to state.Destination) (*state.Outcome, error) {
	if !r.root.Link {
		return nil, nil
	}
	if digest, ok := r.u.contents.read(r.it.ID, r.print); ok && r.digest == nil {
		r.digest = digest
	}
	digest, o, err := r.readDigest(ctx)
	if o != nil || err != nil {
		return o, err
	}
	c := content{to.Workspace, to.Folder, r.it.Print.Size, digest}
	twin, ok, err := r.u.opt.Queue.Twin(ctx, r.it.ID, c.size, digest, c.workspace, c.folder)
	switch {
	case err != nil:
		return nil, err
	case ok && (twin.Standing() != state.StandsReady || r.project() != "" && twin.Phase == state.Ready && !twin.Parked()): // not, or not yet on its canvas
		return nil, waitFor(r.u.linking.next(r.it.ID))
	case ok:
		work := r.work()
		work.Attach = work.Attach && twin.Project != r.project()
		return is(state.LinkTo(twin, digest, work)), nil
	}
	if leads, err := r.leads(ctx, c); leads || err != nil {
		return nil, err
	}
	return nil, waitFor(r.u.linking.next(r.it.ID))
}

// leads reports whether the row is the one of those on their way with this content that is sent.
func (r *row) leads(ctx context.Context, c content) (bool, error) {
	first := r.u.contents.enter(r.it.ID, known{c, r.print})
	if first == r.it.ID {
		return true, nil
	}
	other, there, err := r.u.opt.Queue.Get(ctx, first)
	if err != nil || there && !other.Settled() {
		return false, err
	}
	r.u.contents.forget(first) // it came to nothing, and nobody took it back
	return r.u.contents.enter(r.it.ID, known{c, r.print}) == r.it.ID, nil
}

// linkReserved is link for a row that an earlier life reserved, and that this one has not met before: which of equal rows is sent is memory. When another one is
// on its way with the content, or was sent, the reservation is left behind, which can never become ready (rules 3 and 4). What a life may have completed that a
// backup does not know of is not left behind.
func (r *row) linkReserved(ctx context.Context) (*state.Outcome, error) {
	if !r.root.Link || r.u.contents.leader(r.it.ID, r.print) {
		return nil, nil
	}
	digest, o, err := r.readDigest(ctx)
	if o != nil || err != nil {
		return o, err
	}
	c := content{r.it.To.Workspace, r.it.To.Folder, r.it.Print.Size, digest}
	_, sent, err := r.u.opt.Queue.Twin(ctx, r.it.ID, c.size, digest, c.workspace, c.folder)
	if err != nil {
		return nil, err
	}
	if !sent {
		if leads, err := r.leads(ctx, c); leads || err != nil {
			return nil, err
		}
	}
	if r.restored() {
		return nil, nil
	}
	r.leave()
	if wait := r.untilCompleted(time.Now()); wait > 0 {
		return nil, waitFor(wait)
	}
	return is(state.GaveUp(&state.Fault{Class: state.Passing, Code: string(state.Duplicate), At: time.Now(),
		Message: "an equal file is on its way: its asset serves both"})), nil
}
