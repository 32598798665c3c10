package watcher

import (
	"context"
	"errors"
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

const (
	// youngStamp: a directory whose stamp is younger may change again without its stamp moving, since the kernel's clock ticks slowly.
	youngStamp = 20 * time.Millisecond
	// relistShare bounds what listing a busy directory again costs: it rests so many times what its listing took.
	relistShare = 50
)

// drop takes a directory that went out of the tree, with all below it, and ends their watches. It must come before anything is watched in its place: a
// renamed directory's watches go on telling the old path.
func (r *rootWatch) drop(n *node, path string) error {
	r.tree.cut(n, func(n *node, path string) {
		if r.hints != nil && n.watched {
			r.hints.Remove(r.src.Abs(state.Path(path)))
		}
		r.tree.unwatched(n)
		r.later.drop(path)
		r.mu.Lock()
		r.refusals.replace(n.refused, nil, time.Now())
		r.blocks.clear(path)
		r.mu.Unlock()
	})
	if n == r.tree.root {
		r.tree = newTree()
		return errRootMoved
	}
	return nil
}

// enter takes up a directory that was seen: what it was before is dropped first, unless it is the same.
func (r *rootWatch) enter(p state.Path, e source.Entry) {
	if !r.rules.Enters(p) {
		return
	}
	parent := r.tree.find(p.Dir())
	if parent == nil {
		return // its parent is still to be listed
	}
	if n := parent.children[e.Name]; n != nil {
		_, blocked := r.blocks.paths[string(p)]
		same := n.id == idOf(e.Print)
		switch {
		case same && n.listed && !blocked:
			return
		case !same && n.id != (dirID{}):
			_ = r.drop(n, string(p))
		}
	}
	r.tree.add(parent, e.Name)
	r.push(job{dir: string(p), cause: causeHint})
}

// list watches a directory and lists it.
func (r *rootWatch) list(ctx context.Context, j job) error {
	n := r.tree.find(j.dir)
	if n == nil {
		return nil // it went meanwhile
	}
	if j.scan == nil {
		there, err := r.tellGone(ctx, j.dir)
		if err != nil {
			return err
		}
		if !there {
			return r.lost(ctx, n, j.dir)
		}
	}
	began := time.Now()
	if err := r.watch(n, j.dir); err != nil {
		return r.unlisted(ctx, n, j.dir, err)
	}
	l := listing{r: r, job: j, node: n, now: began, fresh: !n.listed}
	var err error
	if l.known, err = r.knownIn(ctx, j.dir); err != nil {
		return err
	}
	dir, err := r.src.Walk(j.dir, func(e source.Entry, names source.Names) error { return l.take(ctx, e, names) })
	l.enter()
	if l.err != nil {
		return l.err
	}
	if err != nil {
		return r.unlisted(ctx, n, j.dir, err)
	}
	if err := l.end(ctx); err != nil {
		return err
	}
	r.unblock(j.dir)
	r.listed(n, j, dir, began)
	return nil
}

// unlisted: a directory could not be listed. Gone, it goes; unreadable, it waits.
func (r *rootWatch) unlisted(ctx context.Context, n *node, dir string, err error) error {
	switch {
	case errors.Is(err, source.ErrOffline), errors.Is(err, errRootMoved):
		return err
	case isAbsent(err):
		return r.lost(ctx, n, dir)
	}
	r.block(dir, true, err)
	return nil
}

// lost: a directory is not there any more.
func (r *rootWatch) lost(ctx context.Context, n *node, dir string) error {
	if err := r.drop(n, dir); err != nil {
		return err
	}
	return r.tellTreeGone(ctx, dir)
}

// listed remembers the directory as it was listed, and has it listed again when it may have changed meanwhile.
func (r *rootWatch) listed(n *node, j job, before state.Fingerprint, began time.Time) {
	took := time.Since(began)
	if n.watched && n.id != idOf(before) { // the watch is on another directory than the one that was listed
		if r.hints != nil {
			r.hints.Remove(r.src.Abs(state.Path(j.dir)))
		}
		r.tree.unwatched(n)
		r.later.sooner(j.dir, time.Now().Add(youngStamp))
	}
	n.id, n.stamp, n.listed, n.listedAt, n.took = idOf(before), stampOf(before), true, time.Now(), took
	after, err := r.src.DirPrint(j.dir)
	age := began.Sub(time.Unix(0, before.MTime))
	if err != nil || stampOf(after) != n.stamp || age >= 0 && age < youngStamp {
		r.later.sooner(j.dir, time.Now().Add(max(youngStamp, relistShare*took)))
	}
}
