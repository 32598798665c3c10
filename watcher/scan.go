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

// scan is a full scan: everything is listed, and what the record knows besides is looked for. Before the first new file is told, all that is gone is: in
// this order a file that was renamed while nobody watched is known to be gone from its old path before it is seen at its new one. A folder where nothing
// is new is read once.
type scan struct {
	cause   cause
	began   time.Time
	cost    time.Duration // of the work, without waiting
	begun   bool          // the record has what was seen before: only then can it be asked what is missing
	told    bool          // what is gone was told: goneFirst
	over    bool          // what the listings did not meet was looked for
	pending int           // jobs
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

// startScan begins a full scan; one under way is given up.
func (r *rootWatch) startScan(c cause) {
	r.abandonScan()
	r.scanAt = time.Time{}
	r.scan = &scan{cause: c, began: time.Now(), inventory: inventory{revision: r.record.Revision()}}
	r.push(job{cause: c, scan: r.scan})
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

// goneFirst tells, once in a full scan, everything that is gone, before something new is told.
func (r *rootWatch) goneFirst(ctx context.Context) error {
	s := r.scan
	if s == nil || s.told {
		return nil
	}
	s.told = true
	if _, err := r.tellGone(ctx, ""); err != nil { // the root itself, which Dirs leaves out
		return err
	}
	return r.eachDir(ctx, func(dir string) error {
		_, err := r.tellGone(ctx, dir)
		return err
	})
}

// scanUnlisted looks for what the record knows in directories that the scan did not list: they went, or the rules keep it out of them now.
func (r *rootWatch) scanUnlisted(ctx context.Context, s *scan) error {
	if s.told {
		return nil
	}
	return r.eachDir(ctx, func(dir string) error {
		if n := r.tree.find(dir); n != nil && n.listed && !n.listedAt.Before(s.began) {
			return nil
		}
		_, err := r.tellGone(ctx, dir)
		return err
	})
}

// eachDir calls fn for each directory below the root that the record knows files of.
func (r *rootWatch) eachDir(ctx context.Context, fn func(dir string) error) error {
	for after := ""; ; {
		dirs, err := r.askDirs(ctx, after, dirsPage)
		if err != nil {
			return err
		}
		for _, dir := range dirs {
			if err := fn(dir); err != nil {
				return err
			}
			after = dir
		}
		if len(dirs) < dirsPage {
			return nil
		}
	}
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
	var unsure int
	settling := r.settling()
	err := r.insist(ctx, func() (err error) {
		unsure, err = r.record.ScanDone(ctx, r.name, Scan{Began: s.began, Settling: settling, Folder: r.id})
		return err
	})
	if err != nil {
		return err
	}
	r.scan, r.scanCost = nil, s.cost
	r.age()
	now := time.Now()
	confirm := unsure > 0 || !r.goneToldAt.IsZero() && !r.goneToldAt.Before(s.began)
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

// planScan sets when the next full scan begins. What was told as gone is made sure of soon: the first time at once, since a run that ends when all is final
// waits for it. What was asked for while this one was under way begins at once: it may be about what this one had passed.
func (r *rootWatch) planScan(now time.Time, s *scan, confirm bool) {
	if !r.scanAt.IsZero() {
		return
	}
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
	if in > 0 {
		r.scanAt = now.Add(in)
	}
}

// confirmIn is how long after something was told as gone a scan makes sure.
func (r *rootWatch) confirmIn() time.Duration { return max(confirmDelay, scanShare*r.scanCost) }
