package watcher

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

const (
	knownPage = 500
	// youngStamp: a directory whose stamp is younger may change again without its stamp moving, since the kernel's clock ticks slowly.
	youngStamp = 20 * time.Millisecond
	// relistShare bounds what listing a busy directory again costs: it rests so many times what its listing took.
	relistShare = 50
)

// known walks along the record's names of one directory, beside a listing in the same order.
type known struct {
	r    *rootWatch
	dir  string
	page []Known
	last bool
}

// next returns the next name the record knows, before or at limit ("" is no limit), and takes it.
func (k *known) next(ctx context.Context, limit string) (e Known, ok bool, err error) {
	if len(k.page) == 0 && !k.last {
		return Known{}, false, errors.New("a page was not loaded")
	}
	if len(k.page) == 0 || limit != "" && k.page[0].Name > limit {
		return Known{}, false, nil
	}
	e = k.page[0]
	k.page = k.page[1:]
	if len(k.page) == 0 && !k.last {
		return e, true, k.load(ctx, e.Name)
	}
	return e, true, nil
}

func (k *known) load(ctx context.Context, after string) (err error) {
	k.page, err = k.r.record.Known(ctx, k.r.name, k.dir, after, knownPage)
	k.last = len(k.page) < knownPage
	if len(k.page) == 0 {
		k.last = true
	}
	return err
}

func (r *rootWatch) knownIn(ctx context.Context, dir string) (*known, error) {
	k := &known{r: r, dir: dir}
	return k, k.load(ctx, "")
}

// tellGone tells which names of a directory the record knows and are not there. It reports whether the directory itself is.
func (r *rootWatch) tellGone(ctx context.Context, dir string) (there bool, err error) {
	k, err := r.knownIn(ctx, dir)
	if err != nil {
		return false, err
	}
	if len(k.page) == 0 {
		return true, nil
	}
	names, err := r.src.Names(dir)
	switch {
	case isAbsent(err):
		names = nil
	case errors.Is(err, source.ErrOffline):
		return false, err
	case err != nil:
		return true, nil // it cannot be read: nobody can tell
	}
	absent := err != nil
	for {
		e, ok, err := k.next(ctx, "")
		if err != nil || !ok {
			return !absent, err
		}
		if e.Gone || names.Has(e.Name) {
			continue
		}
		if err := r.confirmGone(ctx, state.Join(dir, e.Name)); err != nil {
			return false, err
		}
	}
}

// confirmGone looks at the very path before it is told as gone: a listing may miss names while others change.
func (r *rootWatch) confirmGone(ctx context.Context, p state.Path) error {
	e, err := r.src.Stat(p)
	switch {
	case errors.Is(err, source.ErrOffline):
		return err
	case isAbsent(err), err == nil && e.Kind != source.Regular:
		r.forget(p)
		return r.sayGone(ctx, p)
	}
	return nil
}

// tellTreeGone tells what is gone of a directory that went, and of all below it.
func (r *rootWatch) tellTreeGone(ctx context.Context, dir string) error {
	if _, err := r.tellGone(ctx, dir); err != nil {
		return err
	}
	for after := dir + "/"; ; { // what is below lies together
		dirs, err := r.record.Dirs(ctx, r.name, after, dirsPage)
		if err != nil {
			return err
		}
		for _, d := range dirs {
			if !strings.HasPrefix(d, dir+"/") {
				return nil
			}
			if _, err := r.tellGone(ctx, d); err != nil {
				return err
			}
		}
		if len(dirs) < dirsPage {
			return nil
		}
		after = dirs[len(dirs)-1]
	}
}

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
