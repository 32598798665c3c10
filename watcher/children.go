package watcher

import (
	"context"
	"slices"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

func (l *listing) dir(ctx context.Context, p state.Path, e source.Entry) error {
	r := l.r
	if !r.rules.Enters(p) {
		return r.avoided(ctx, l.inventory(), p)
	}
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	l.seen[e.Name] = true
	child := l.node.children[e.Name]
	if child != nil && child.listed && child.id != idOf(e.Print) {
		_ = r.drop(child, string(p))
		child = nil
	}
	if child == nil {
		r.tree.add(l.node, e.Name)
	}
	if child == nil || l.job.scan != nil {
		j := job{dir: string(p), scan: l.job.scan, missed: child == nil && l.missed(e)}
		if l.job.scan != nil || j.missed {
			j.cause = l.job.cause
		}
		l.below = append(l.below, j)
	}
	return nil
}

// enter has the directories below listed in the order of their names, as the record keeps them: what is put behind all else is put at little cost.
func (l *listing) enter() {
	for _, j := range slices.Backward(l.below) {
		l.r.push(j)
	}
}

// end judges what the record knows behind the last name, drops directories that went, and takes over the counts.
func (l *listing) end(ctx context.Context) error {
	if l.names == nil {
		l.node.holds = false
	}
	for {
		k, ok, err := l.known.next(ctx, "")
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if err := l.missing(ctx, k); err != nil {
			return err
		}
	}
	for name, child := range l.node.children {
		if l.seen[name] {
			continue
		}
		path := string(state.Join(l.job.dir, name))
		if err := l.r.drop(child, path); err != nil {
			return err
		}
		if err := l.r.tellTreeGone(ctx, path); err != nil {
			return err
		}
	}
	l.r.mu.Lock()
	l.r.refusals.replace(l.node.refused, l.refused, l.now)
	l.r.mu.Unlock()
	l.node.refused = l.refused
	l.r.changed()
	return nil
}
