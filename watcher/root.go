package watcher

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

// gather is how long events are gathered: a writer may cause a hundred thousand a second, which are one look.
const gather = 2 * time.Millisecond

// pace is how often a root is looked at beside its events.
type pace struct {
	check    time.Duration // between two looks at the root's identity
	sweep    time.Duration // between two looks at all directory stamps
	onTheWay time.Duration // how long the event of a stamp that moved may still be on the way
	share    time.Duration // a directory is listed again by a sweep after so many times what its listing took
}

var defaultPace = pace{check: 3 * time.Second, sweep: time.Minute, onTheWay: 2 * time.Second, share: scanShare}

// errRootMoved: the root is not the folder it was. What was seen of it says nothing about what is gone.
var errRootMoved = errors.New("the root is not the folder it was")

// rootWatch watches one root. Its loop owns everything but what mu guards.
type rootWatch struct {
	cfg      Root
	name     string
	src      *source.Root
	rules    *Rules
	record   Record
	observer state.Observer
	newHints func() (Hints, error)
	changed  func()
	peers    func(name string) *rootWatch // nil when there is no such root
	settling func() []state.Fingerprint   // files that settle, in all roots
	batchMax int
	growing  time.Duration
	pace     pace

	asked  *dirtySet   // paths below the root, from Look
	dirty  []dirtyPath // taken from there and from the hints, still to be looked at
	behind bool        // hints wait to be taken
	eyes   eyes
	rescan chan struct{} // a full scan is asked for

	hints Hints // nil: polled
	id    source.Identity
	tree  *tree
	jobs  []job
	scan  *scan   // under way
	later *agenda // directories to list again
	crowds

	scanAt, sweepAt, checkAt, pollAt time.Time     // scanAt, while a scan is under way: another was asked for
	scanCost, pollCost               time.Duration // of the last ones
	limited                          bool          // some directories are beyond the limit of watches
	overflowed                       bool          // events were lost while a scan is under way
	goneToldAt                       time.Time
	lostTold                         lost
	scansN                           int  // full scans that ended
	announced                        bool // the root's state was told since it came

	mu       sync.Mutex // guards what follows; never held across a call to anything but the settler
	settler  *settler
	blocks   *blocks
	refusals refusals
	batch    batch            // changed by the loop only
	flight   *flight          // of the loop's own
	unseen   int              // dirty paths still to be looked at
	telling  int              // sightings on their way to the record, or about to be
	onTheWay []state.Sighting // those of them that are not gone
	facts    Status
	own      leftovers
}

func newRootWatch(cfg Root, rules *Rules, opt Options) *rootWatch {
	growing := opt.Growing
	if growing <= 0 {
		growing = DefaultGrowing
	}
	r := &rootWatch{cfg: cfg, name: cfg.Source.Name(), src: cfg.Source, rules: rules, record: opt.Record, observer: opt.Observer, newHints: opt.NewHints,
		growing: growing, pace: defaultPace, batchMax: batchMax, eyes: eyes{src: cfg.Source}, asked: newDirtySet(), rescan: make(chan struct{}, 1), tree: newTree(), later: newAgenda(), blocks: newBlocks()}
	r.settler = newSettler(quietFor(cfg.Settle, false), growing)
	r.facts = Status{State: Offline}
	return r
}

func (r *rootWatch) notice(n state.Notice) {
	n.Root = r.name
	r.observer.Noticed(n)
}

// run is the loop. It returns when the context is done and the hints are closed.
func (r *rootWatch) run(ctx context.Context) {
	defer func() { _ = r.land() }()
	defer r.closeHints()
	for ctx.Err() == nil {
		busy, err := r.step(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, errRootMoved), errors.Is(err, source.ErrOffline): // what was seen meanwhile is looked at again
			r.checkAt = time.Time{}
			r.abandonScan()
			r.scanAt = time.Now()
		case err != nil: // the record: what was under way is begun again
			r.abandonScan()
			_ = sleep(ctx, retryFirst)
			r.scanAt = time.Now()
		case !busy:
			r.wait(ctx)
		}
	}
}

// step does what is most urgent, and reports whether there may be more to do at once.
func (r *rootWatch) step(ctx context.Context) (busy bool, err error) {
	defer r.eyes.close()
	now := time.Now()
	if !now.Before(r.checkAt) {
		r.checkAt = now.Add(r.pace.check)
		if err := r.check(ctx); err != nil {
			return false, err
		}
	}
	if r.facts.State == Offline {
		return false, nil
	}
	for _, part := range []func(context.Context) (bool, error){r.lookDirty, r.lookDue, r.retryBlocked, r.listLater, r.startDue, r.work} {
		more, err := part(ctx)
		if err != nil {
			return false, err
		}
		busy = busy || more
	}
	r.tellRefused(false)
	r.tellLost()
	switch {
	case !busy:
		return false, r.flush(ctx)
	case r.batch.len() > 0 && time.Since(r.batch.since) >= batchDelay:
		return true, r.send(ctx)
	}
	return true, nil
}

// wait sleeps until something is due or hinted.
func (r *rootWatch) wait(ctx context.Context) {
	var hinted <-chan struct{}
	if r.hints != nil {
		hinted = r.hints.Dirty()
	}
	timer := time.NewTimer(time.Until(r.nextDue()))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-hinted:
		_ = sleep(ctx, gather)
	case <-r.asked.ready:
	case <-r.rescan:
		r.scanAt = time.Now()
	}
}

func (r *rootWatch) nextDue() time.Time {
	due := r.checkAt
	if r.facts.State == Offline {
		return due
	}
	r.mu.Lock()
	times := []time.Time{r.settler.agenda.next(), r.blocks.agenda.next(), r.refusals.next(), r.later.next(), r.scanAt, r.sweepAt, r.pollAt}
	r.mu.Unlock()
	for _, t := range times {
		if !t.IsZero() && t.Before(due) {
			due = t
		}
	}
	return due
}

func (r *rootWatch) retryBlocked(ctx context.Context) (bool, error) {
	now := time.Now()
	r.mu.Lock()
	p, ok := r.blocks.agenda.pop(now)
	var dir bool
	if ok {
		dir = r.blocks.paths[p].dir
		r.blocks.agenda.put(p, now.Add(blockedCap)) // until the look says more
	}
	r.mu.Unlock()
	switch {
	case !ok:
		return false, nil
	case dir && r.tree.find(p) == nil:
		r.unblock(p) // it went with its parent
		return true, nil
	case dir:
		r.push(job{dir: p})
		return true, nil
	}
	return true, r.lookAt(ctx, state.Path(p), Wrote)
}
