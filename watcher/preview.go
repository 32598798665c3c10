package watcher

import (
	"context"
	"errors"
	"fmt"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

// Found is what one name of a root is, to the rules.
type Found struct {
	Root string
	Path state.Path
	Decision
	Kind  source.Kind
	Print state.Fingerprint
	Err   error // why it cannot be looked at; a directory's, when Kind is source.Dir
}

// Scan lists what stands in the roots and whether it would be taken, once, without the record and without Run. Directories are entered, not reported, unless
// they cannot be read. An error of each ends the scan and is returned; a root that is away is an error.
func (w *Watcher) Scan(ctx context.Context, each func(Found) error) error {
	for _, r := range w.watched() {
		if err := r.preview(ctx, each); err != nil {
			return fmt.Errorf("scan root %s: %w", r.name, err)
		}
	}
	return nil
}

func (r *rootWatch) preview(ctx context.Context, each func(Found) error) error {
	dirs := []string{""}
	for len(dirs) > 0 {
		dir := dirs[len(dirs)-1]
		dirs = dirs[:len(dirs)-1]
		var below []string
		var stop error
		_, err := r.src.Walk(dir, func(e source.Entry, _ source.Names) error {
			if stop = context.Cause(ctx); stop != nil {
				return stop
			}
			p := state.Join(dir, e.Name)
			if e.Kind == source.Dir && e.Err == nil {
				if r.rules.Enters(p) {
					below = append(below, string(p))
				}
				return nil
			}
			found := Found{Root: r.name, Path: p, Decision: Wants(r.rules, p), Kind: e.Kind, Print: e.Print, Err: e.Err}
			if found.Taken && e.Kind != source.Regular {
				found.Decision = Decision{Rule: RuleKind, By: kindWord(e.Kind)}
			}
			stop = each(found)
			return stop
		})
		switch {
		case stop != nil:
			return stop
		case ctx.Err() != nil: // also of an empty folder
			return context.Cause(ctx)
		case errors.Is(err, source.ErrOffline), err != nil && dir == "":
			return err
		case err != nil && !isAbsent(err):
			if err := each(Found{Root: r.name, Path: state.Path(dir), Kind: source.Dir, Err: err}); err != nil {
				return err
			}
		}
		for i := len(below) - 1; i >= 0; i-- {
			dirs = append(dirs, below[i])
		}
	}
	return nil
}
