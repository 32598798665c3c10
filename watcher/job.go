package watcher

import (
	"context"
	"time"
)

// job is a directory to list. The last one pushed is the first one done: what an event says goes before a scan, and a scan goes deep before it goes wide.
type job struct {
	dir   string
	cause cause
	// missed says that no event told of the directory itself, although the one above it was watched: then none told of its files either.
	missed bool
	scan   *scan // the full scan it belongs to, or nil
}

func (r *rootWatch) push(j job) {
	if j.scan != nil {
		j.scan.pending++
	}
	r.jobs = append(r.jobs, j)
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
		if j.scan != nil && !j.scan.begun {
			if err := r.flush(ctx); err != nil {
				return false, err
			}
			j.scan.begun = true
		}
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
	case r.scan != nil && r.scan.pending == 0 && !r.scan.over:
		if err := r.scanUnlisted(ctx, r.scan); err != nil {
			return false, err
		}
		r.scan.over = true
		r.scan.cost += time.Since(began)
	case r.scan != nil && r.scan.pending == 0:
		return true, r.endScan(ctx)
	default:
		return false, nil
	}
	return true, nil
}
