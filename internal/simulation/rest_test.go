package simulation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/state"
)

// restLimit is how long a life may take, in fake time, until nothing is left that can move: the longest waits of the design are the 24 h an asset may be
// processing, which begin anew when FLORA says late that it misses the bytes, and they are sent again.
const restLimit = 52 * time.Hour

var errRestless = errors.New("still moving")

// rest returns when nothing is left that can move, and an error when that takes too long.
func (w *machine) rest(l *life, d *daemon.Daemon) error {
	began, moved := time.Now(), time.Now()
	ctx, cancel := context.WithTimeout(l.claim, restLimit)
	defer cancel()
	for step, still := restStep, 0; ; {
		sleep(ctx, step)
		switch {
		case l.claim.Err() != nil:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("after %v: %w: %s", time.Since(began), errRestless, w.describe(d))
		}
		quiet, err := w.quiet(ctx, d)
		switch {
		case err != nil && ctx.Err() == nil:
			return fmt.Errorf("waiting: %w", err)
		case !quiet: // slower and slower: a look costs more than fake time does
			still, step, moved = 0, min(step*5/4, 20*time.Second), time.Now()
		case still == 0: // what settled while the record was asked is in it by now
			still, step = 1, restStep
		case l.linger > 0:
			step, still, l.linger = l.linger, 0, 0
		case w.healthy(d):
			return nil
		case time.Since(moved) > healLimit:
			return fmt.Errorf("at rest and not healthy: %+v", w.adds(d).Reasons)
		default: // what stopped work may stand for as long as nobody needs it, and is found out to be over
			step, still = time.Minute, 0
		}
	}
}

// healthy is promise 6 at rest: nothing says any more that work is stopped. That somebody paid is known by the next reservation, and there may be none.
func (w *machine) healthy(d *daemon.Daemon) bool {
	for _, r := range w.adds(d).Reasons {
		if r.Code != string(state.PaymentRequired) && !w.service.mayRefuse() {
			return false
		}
	}
	return true
}

// healLimit is how long after the last work that may take: a key that is replaced for twenty minutes, and a probe every ten.
const healLimit = 45 * time.Minute

// restStep is how often a life is first looked at.
const restStep = 100 * time.Millisecond

// quiet reports that every folder was scanned, nothing is settling, and no row will move by itself.
func (w *machine) quiet(ctx context.Context, d *daemon.Daemon) (bool, error) {
	for _, r := range w.adds(d).Roots {
		if r.Name != "" && r.LastScanAt.IsZero() || r.Settling > 0 {
			return false, nil
		}
	}
	waiting, err := d.Waiting(ctx)
	return !waiting, err
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// adds asserts that the accounting adds up, at any moment.
func (w *machine) adds(d *daemon.Daemon) control.Status {
	w.t.Helper()
	s, err := d.Service().Status(context.Background())
	if err != nil {
		w.t.Errorf("status: %v", err)
		return s
	}
	if n := s.Totals; n.Seen != n.Waiting+n.Active+n.Ready+n.Failed+n.Skipped {
		w.t.Errorf("the accounting does not add up: %+v", n)
	}
	return s
}

func (w *machine) describe(d *daemon.Daemon) string {
	s := w.adds(d)
	text := fmt.Sprintf("%+v %+v", s.Totals, s.Reasons)
	for _, r := range s.Roots {
		text += fmt.Sprintf("\n%s scanned %v settling %d", r.Name, r.LastScanAt, r.Settling)
	}
	page, err := d.Service().List(context.Background(), control.Filter{All: true}, "", 100)
	if err != nil {
		return err.Error()
	}
	for _, it := range page.Items {
		text += fmt.Sprintf("\n%s %s %s/%s due %v: %s", it.ID, it.Path, it.State, it.Phase, it.NextAttempt, it.Error)
	}
	return text
}
