package watcher

import (
	"context"
	"time"

	"github.com/florasync/florasync/state"
)

// cause says why a directory is listed.
type cause uint8

const (
	causeHint  cause = iota // an event, a new directory, an earlier listing that may be incomplete
	causeStart              // the first scan, and those after the root came back or events were lost
	causeRescan
	causeSweep
	causePoll
)

// job is a directory to list. The last one pushed is the first one done: what an event says goes before a scan, and a scan goes deep before it goes wide.
type job struct {
	dir   string
	cause cause
	// missed says that no event told of the directory itself, although the one above it was watched: then none told of its files either.
	missed bool
	scan   *scan // the full scan it belongs to, or nil
}

// scan is a full scan: first the record is asked what is gone, then everything is listed. In this order a file that was renamed while nobody watched is
// known to be gone from its old path before it is seen at its new one.
type scan struct {
	cause   cause
	began   time.Time
	cost    time.Duration // of the work, without waiting
	inGone  bool          // in the first part
	after   string        // the directory of the record last looked at
	page    []string
	pending int // jobs of the second part
	files   int64
	missed  int64
	inventory
}

const (
	dirsPage     = 500
	confirmDelay = 5 * time.Second // from telling what is gone to the scan that makes sure
	scanShare    = 1000            // a scan costs at most one part in so many of a core over time
	pollShare    = 20              // the same of polling
)

func (r *rootWatch) push(j job) {
	if j.scan != nil {
		j.scan.pending++
	}
	r.jobs = append(r.jobs, j)
}

// startScan begins a full scan; one under way is given up.
func (r *rootWatch) startScan(c cause) {
	r.abandonScan()
	r.scanAt = time.Time{}
	r.scan = &scan{cause: c, began: time.Now(), inGone: true, inventory: inventory{revision: r.record.Revision()}}
}

// abandonScan gives up the scan under way.
func (r *rootWatch) abandonScan() {
	if r.scan == nil {
		return
	}
	r.scan = nil
	kept := r.jobs[:0]
	for _, j := range r.jobs {
		if j.scan == nil {
			kept = append(kept, j)
		}
	}
	r.jobs = kept
}

// startDue begins what is due: a full scan, a sweep, a poll of what has no watch.
func (r *rootWatch) startDue(context.Context) (bool, error) {
	now := time.Now()
	select {
	case <-r.rescan:
		r.scanAt = now
	default:
	}
	if r.scan == nil && !r.scanAt.IsZero() && !now.Before(r.scanAt) {
		r.startScan(causeRescan)
	}
	if r.scan != nil {
		return false, nil
	}
	if !r.sweepAt.IsZero() && !now.Before(r.sweepAt) {
		r.sweep(now)
		r.sweepAt = now.Add(r.pace.sweep)
	}
	if !r.pollAt.IsZero() && !now.Before(r.pollAt) {
		rest := pollShare*r.pollCost - r.cfg.Poll // what the last one cost beyond its share
		r.pollCost = 0
		if r.pollAt = now.Add(max(rest, r.cfg.Poll)); rest <= 0 {
			r.poll()
		}
	}
	return len(r.jobs) > 0, nil
}

// work does one piece of the scan under way, or lists one directory.
func (r *rootWatch) work(ctx context.Context) (bool, error) {
	began := time.Now()
	switch {
	case len(r.jobs) > 0:
		j := r.jobs[len(r.jobs)-1]
		r.jobs = r.jobs[:len(r.jobs)-1]
		if err := r.list(ctx, j); err != nil {
			r.later.sooner(j.dir, time.Now().Add(retryFirst))
			return false, err
		}
		switch {
		case j.scan != nil:
			j.scan.pending--
			j.scan.cost += time.Since(began)
		case j.cause == causePoll:
			r.pollCost += time.Since(began)
		}
	case r.scan != nil && r.scan.inGone:
		more, err := r.scanGone(ctx, r.scan)
		if err != nil {
			return false, err
		}
		r.scan.cost += time.Since(began)
		if !more {
			r.scan.inGone = false
			if err := r.flush(ctx); err != nil {
				return false, err
			}
			r.push(job{cause: r.scan.cause, scan: r.scan})
		}
	case r.scan != nil && r.scan.pending == 0:
		return true, r.endScan(ctx)
	default:
		return false, nil
	}
	return true, nil
}

// scanGone looks at one directory of the record for what is gone. It reports false after the last one.
func (r *rootWatch) scanGone(ctx context.Context, s *scan) (more bool, err error) {
	if s.page == nil { // the root itself, which Dirs leaves out
		s.page = []string{}
		_, err := r.tellGone(ctx, "")
		return true, err
	}
	if len(s.page) == 0 {
		if s.page, err = r.record.Dirs(ctx, r.name, s.after, dirsPage); err != nil || len(s.page) == 0 {
			return false, err
		}
	}
	dir := s.page[0]
	s.after, s.page = dir, s.page[1:]
	_, err = r.tellGone(ctx, dir)
	return true, err
}

// endScan tells the record that a scan has ended, and plans the next one.
func (r *rootWatch) endScan(ctx context.Context) error {
	s := r.scan
	if err := r.flush(ctx); err != nil {
		return err
	}
	if !r.same() {
		return errRootMoved
	}
	if err := r.prove(ctx, s.inventory); err != nil {
		return err
	}
	if err := r.insist(ctx, func() error { return r.record.ScanDone(ctx, r.name, r.judged(s.began), r.id) }); err != nil {
		return err
	}
	r.scan, r.scanCost = nil, s.cost
	now := time.Now()
	confirm := !r.goneToldAt.IsZero() && !r.goneToldAt.Before(s.began)
	r.scansN++
	r.planScan(now, s, confirm)
	first := r.scansN == 1
	r.mu.Lock()
	r.facts.LastScanAt = now
	r.facts.Scanned = !confirm || !first // the scan that makes sure follows at once
	r.facts.MissedByEvents += s.missed
	r.mu.Unlock()
	r.tellRefused(true)
	r.unlimit()
	if r.overflowed {
		r.begin()
	}
	if first || r.hints != nil {
		n := state.Notice{Event: state.ScanFinished, N: s.files, Took: now.Sub(s.began)}
		if s.missed > 0 {
			n.Counts = map[string]int64{"missed_by_events": s.missed}
		}
		r.notice(n)
	}
	r.changed()
	return nil
}

// judged is the time before which what is gone is gone for good: the beginning of the scan, or a while before the oldest file that still settles, which may
// be one of them under its new name.
func (r *rootWatch) judged(began time.Time) time.Time {
	r.mu.Lock()
	oldest := r.settler.oldest(time.Now())
	r.mu.Unlock()
	if !oldest.IsZero() && oldest.Add(-time.Minute).Before(began) {
		return oldest.Add(-time.Minute)
	}
	return began
}

// planScan sets when the next full scan begins. What was told as gone is made sure of soon: the first time at once, since a run that ends when all is final
// waits for it.
func (r *rootWatch) planScan(now time.Time, s *scan, confirm bool) {
	var in time.Duration
	switch {
	case r.hints == nil:
		in = max(r.cfg.Poll, pollShare*s.cost)
	case r.cfg.Rescan > 0:
		in = max(r.cfg.Rescan, scanShare*s.cost)
	}
	if confirm {
		soon := r.confirmIn()
		if r.scansN == 1 {
			soon = 0
		}
		if in == 0 || soon < in {
			in = max(soon, time.Nanosecond)
		}
	}
	r.scanAt = time.Time{}
	if in > 0 {
		r.scanAt = now.Add(in)
	}
}

// confirmIn is how long after something was told as gone a scan makes sure.
func (r *rootWatch) confirmIn() time.Duration { return max(confirmDelay, scanShare*r.scanCost) }
