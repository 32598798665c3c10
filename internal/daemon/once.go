package daemon

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader"
	"github.com/florasync/florasync/watcher"
)

// Exit codes of a run that ends by itself, as in the README.
const (
	ExitWell    = 0 // nothing is left that can change
	ExitFailed  = 1 // rows failed, or are ready with an error
	ExitRefused = 4 // FLORA refuses the key, or somebody has to pay
	ExitWaiting = 7 // something waits or grows, or FLORA cannot be reached
)

const (
	// onceFar is how far away the next attempt of a row may be for `run --once` to wait for it.
	onceFar = 5 * time.Minute
	// onceStill is how long FLORA may be away with nothing moving, and a file may go on changing.
	onceStill = time.Minute
	onceLook  = 100 * time.Millisecond
)

// OnceGrowing is when a settling file counts as growing for `run --once`.
const OnceGrowing = onceStill

// Once waits until nothing is left that can change, and returns the exit code that says how it ended. It runs beside [Daemon.Run] and stops nothing.
func (d *Daemon) Once(ctx context.Context) (code int, err error) {
	tick := time.NewTicker(onceLook)
	defer tick.Stop()
	sought, rest := seeking{}, stillness{}
	for {
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-d.unwritten.ended:
			return 0, d.unwritten.cause
		case <-tick.C:
		}
		if _, bad := d.trouble(); bad && d.unwritten.lasts(time.Now()) {
			return ExitWaiting, nil
		}
		if refused, away := d.Stuck(); refused {
			return ExitRefused, nil
		} else if away {
			return ExitWaiting, nil
		}
		quiet, growing := d.quiet()
		if !quiet {
			continue
		}
		now := time.Now()
		due, left, err := d.queue.NextDue(ctx, now)
		if errors.Is(err, queue.ErrUnwritable) { // it is being reopened
			continue
		}
		if err != nil {
			return 0, err
		}
		if moves := rest.lasts(d, now) < onceFar || !d.away() && !d.throttled(now) && !d.pace.holds(onceFar); left && moves && !due.After(now.Add(onceFar)) {
			continue
		}
		if still, _ := d.quiet(); !still { // something settled while the record was asked
			continue
		}
		seeks, lost, err := d.seek(ctx, sought)
		if err != nil && !errors.Is(err, queue.ErrUnwritable) {
			return 0, err
		}
		if seeks || err != nil {
			continue
		}
		return d.verdict(ctx, left || growing || lost)
	}
}

// seeksN is how many scans of a root are waited for to find what vanished, or to say that it is gone.
const seeksN = 3

// seeking is, by root, how many scans were asked for, and when the last one had ended before that.
type seeking map[string]struct {
	n    int
	last time.Time
}

// seek asks for scans of the roots where rows wait for a file that vanished a moment ago. It reports that one is waited for, and that there are rows of
// which the scans could not say what became.
func (d *Daemon) seek(ctx context.Context, s seeking) (seeks, lost bool, err error) {
	for _, w := range d.watcher.Status() {
		n, err := d.queue.Lost(ctx, w.Name)
		if err != nil {
			return false, false, err
		}
		asked, before := s[w.Name]
		switch {
		case n == 0:
		case w.State == watcher.Offline || asked.n == seeksN && !w.LastScanAt.Equal(asked.last):
			lost = true
		default:
			if !before || !w.LastScanAt.Equal(asked.last) {
				asked.n, asked.last = asked.n+1, w.LastScanAt
				s[w.Name] = asked
				d.watcher.Rescan(w.Name)
			}
			seeks = true
		}
	}
	return seeks, lost, nil
}

// Stuck reports that FLORA refuses, or has been away for so long that waiting makes no sense.
func (d *Daemon) Stuck() (refused, away bool) {
	for _, b := range d.uploadStatus().Blocked {
		switch b.Reason {
		case state.KeyRefused, state.PaymentRequired, state.Forbidden, state.KeyMissing:
			refused = true
		case state.APIDown, state.StorageIsDown:
			away = away || time.Since(b.Since) > onceStill
		}
	}
	return refused, away
}

// quiet reports that every root was scanned and nothing is settling; growing that something is but does not count any more.
func (d *Daemon) quiet() (quiet, growing bool) {
	quiet = true
	for _, w := range d.watcher.Status() {
		offline := w.Reason == state.RootOffline || w.Reason == state.RootUnreadable
		quiet = quiet && (w.Scanned || offline) && w.Settling == 0
		growing = growing || w.Growing > 0 || w.Blocked > 0 || offline
	}
	return quiet, growing
}

// away reports that a folder is not there, or cannot be read: its files are asked for again and again, for as long as that lasts.
func (d *Daemon) away() bool {
	return slices.ContainsFunc(d.watcher.Status(), func(w watcher.Status) bool { return w.Reason == state.RootOffline || w.Reason == state.RootUnreadable })
}

// throttled reports that FLORA asks for more patience than `run --once` has. The record knows so of the rows that were told to wait, and takes the others,
// which nobody asks for meanwhile, for due.
func (d *Daemon) throttled(now time.Time) bool {
	return slices.ContainsFunc(d.uploadStatus().Blocked, func(b uploader.Blocked) bool { return b.Reason == state.IsThrottled && b.Until.After(now.Add(onceFar)) })
}

// verdict is the exit code by first match: failed rows, then what waits.
func (d *Daemon) verdict(ctx context.Context, waiting bool) (int, error) {
	bad, err := d.Bad(ctx)
	switch {
	case err != nil:
		return 0, err
	case bad, len(d.denials.reasons()) > 0: // a row that may not be filed away is ready with an error, too
		return ExitFailed, nil
	case waiting:
		return ExitWaiting, nil
	}
	return ExitWell, nil
}

// Bad reports rows that failed, or are ready with an error, also from earlier runs.
func (d *Daemon) Bad(ctx context.Context) (bool, error) {
	counts, err := d.queue.Counts(ctx)
	if err != nil {
		return false, err
	}
	for _, c := range counts {
		if c.Failed+c.Parked > 0 {
			return true, nil
		}
	}
	return false, nil
}
