package uploader

import (
	"errors"
	"io/fs"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

// finish looks for what a life of ours left that died while it filed the file away, and whose folder was renamed since. Nil and nil: there is none.
func (r *row) finish() (*state.Outcome, error) {
	if r.u.opt.Leftover == nil {
		return nil, nil
	}
	to := r.movesTo()
	dir, ok := r.u.opt.Leftover(r.it.Root, r.root.Source.Leftover(r.it.Path, r.it.Print, to))
	if !ok {
		return nil, nil
	}
	var dest *source.DestinationError
	switch to, err := r.root.Source.Finish(dir, r.it.Path, r.it.Print, to); {
	case err == nil && r.root.After == Move:
		return is(state.FiledAway(state.AwayMoved, to)), nil
	case err == nil:
		return is(state.FiledAway(state.AwayDeleted, "")), nil
	case errors.As(err, &dest):
		return r.denied(err), nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case errors.Is(err, source.ErrOffline):
		return nil, err
	case errors.Is(err, source.ErrChanged), errors.Is(err, source.ErrWriter): // it is back, beside where the leftover was, and another version
		if r.u.opt.Look != nil {
			r.u.opt.Look(r.it.Root, state.Join(dir, r.it.Path.Base()))
		}
		return nil, nil
	default:
		return r.denied(err), nil
	}
}

// setAside reports that a life of ours died while it filed another row's file away: what stands at its path since is another file, though its content be the same.
func (r *row) setAside(older state.Item) bool {
	return r.filesAway() && older.Root == r.it.Root && older.Phase < state.Done && r.root.Source.HasLeftover(older.Path, older.Print, r.movesTo())
}

// movesTo is the directory that the source is moved to, "" when it is not.
func (r *row) movesTo() string {
	if r.root.After == Move {
		return r.root.MoveTo
	}
	return ""
}
