package daemon

import (
	"context"
	"errors"
	"io/fs"

	"golang.org/x/text/unicode/norm"

	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// spelled returns the path as the record, or the folder, spells it. Names are bytes, and a name that is typed may be composed (NFC, UAX #15) where the
// file's is decomposed (NFD, as macOS writes it), or the other way round.
func (s *service) spelled(ctx context.Context, r *root, p state.Path) (state.Path, error) {
	spellings := []state.Path{p}
	for _, form := range []norm.Form{norm.NFC, norm.NFD} {
		if q := state.Path(form.String(string(p))); q != p {
			spellings = append(spellings, q)
		}
	}
	if len(spellings) == 1 {
		return p, nil
	}
	for _, q := range spellings {
		known, err := s.hasSeen(ctx, r, q)
		if err != nil || known {
			return q, err
		}
	}
	for _, q := range spellings {
		if _, err := r.source.Stat(q); err == nil || !errors.Is(err, fs.ErrNotExist) {
			return q, nil
		}
	}
	return p, nil
}

func (s *service) hasSeen(ctx context.Context, r *root, p state.Path) (known bool, err error) {
	err = s.rec.read(ctx, func(q *queue.Queue) error {
		found, err := q.Find(ctx, r.Name, p)
		known = found.Known
		return err
	})
	if errors.Is(err, queue.ErrMissing) {
		err = nil
	}
	return known, err
}
