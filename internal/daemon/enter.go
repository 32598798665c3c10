package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/queue"
)

// enter makes the roots known to the record: all of them, or, when one is refused or the record cannot be written, none. A folder that it knows under another
// name is refused; a root that it knows and nobody watches is no change.
func (d *Daemon) enter(ctx context.Context, all *roots) (err error) {
	var add []queue.Root
	known := d.queue.Roots()
	all.each(func(r *root) {
		for _, k := range known {
			if k.Path == r.source.Path() && k.Name != r.Name {
				cure := d.o.typed("state rename-root " + config.ShellWord(k.Name) + " " + config.ShellWord(r.Name))
				err = errors.Join(err, told{fmt.Errorf("%w: %s", &queue.RootRenamedError{Path: k.Path, Old: k.Name, New: r.Name}, cure), control.ErrInput})
			}
		}
		if r.Name != "" {
			add = append(add, queue.Root{Name: r.Name, Path: r.source.Path(), Link: r.upload.Link})
		}
	})
	// The contents of a root that is to be linked are indexed first: a walk of many transactions, which changes nothing that anybody sees. What is left of it
	// when a later one fails is taken up, or away, by the next.
	all.each(func(r *root) {
		if err == nil && r.upload.Link && slices.ContainsFunc(known, func(k queue.Root) bool { return k.Name == r.Name }) {
			err = d.queue.SetLink(ctx, r.Name, true)
		}
	})
	if err != nil {
		return err
	}
	return d.queue.AddRoots(ctx, add)
}

// unlink lets go of the index of roots whose contents are not linked any more: once nobody links by it.
func (d *Daemon) unlink(ctx context.Context, all *roots) (err error) {
	var names []string
	all.each(func(r *root) {
		if !r.upload.Link {
			names = append(names, r.Name)
		}
	})
	for _, name := range names {
		err = errors.Join(err, d.queue.SetLink(ctx, name, false))
	}
	return err
}
