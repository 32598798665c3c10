package watcher

import (
	"context"
	"slices"
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

// networkAge is how old stamps must be on a network file system, whose clock is the server's, for a file to need no second look.
const networkAge = 10 * time.Minute

// listing compares a directory, name by name, with what the record knows of it.
type listing struct {
	r       *rootWatch
	job     job
	node    *node
	now     time.Time
	fresh   bool // the directory was not listed before
	known   *known
	refused map[string]int64
	seen    map[string]bool // child directories that are there
	below   []job           // those of them to list
	names   source.Names    // of the directory
	err     error           // the record's, which is not the directory's fault
}

// take judges one name.
func (l *listing) take(ctx context.Context, e source.Entry, names source.Names) error {
	if l.names == nil {
		l.names = names
		l.node.holds = slices.ContainsFunc(names, isHold)
	}
	var was Known
	for {
		k, ok, err := l.known.next(ctx, e.Name)
		if err != nil {
			return l.fail(err)
		}
		if !ok {
			break
		}
		if k.Name == e.Name {
			was = k
		} else if err := l.missing(ctx, k); err != nil {
			return l.fail(err)
		}
	}
	return l.fail(l.judge(ctx, e, was))
}

func (l *listing) fail(err error) error {
	l.err = err
	return err
}

func (l *listing) missing(ctx context.Context, k Known) error {
	if k.Gone {
		return nil
	}
	return l.r.confirmGone(ctx, state.Join(l.job.dir, k.Name))
}

func (l *listing) judge(ctx context.Context, e source.Entry, was Known) error {
	p := state.Join(l.job.dir, e.Name)
	stood := was.Name != "" && !was.Gone
	if stood {
		l.inventory().met()
	}
	if e.Err != nil {
		l.r.block(string(p), false, e.Err)
		return nil
	}
	if e.Kind == source.Regular {
		return l.file(ctx, p, e, stood && was.Sum == e.Print.Sum())
	}
	if e.Kind != source.Dir {
		l.refuse(e)
	} else if err := l.dir(ctx, p, e); err != nil {
		return err
	}
	if stood {
		return l.r.confirmGone(ctx, p)
	}
	return nil
}

// file judges a regular file. One that is known and unchanged costs nothing (invariant 2).
func (l *listing) file(ctx context.Context, p state.Path, e source.Entry, unchanged bool) error {
	r := l.r
	if !unchanged { // a row stays one when the rules change
		switch d := Wants(r.rules, p); {
		case d.Rule == RuleOwn:
			r.meet(p)
			return nil
		case !d.Taken:
			l.refuse(e)
			return nil
		}
	}
	if l.job.scan != nil {
		l.job.scan.files++
	}
	if unchanged {
		r.forget(p)
		return nil
	}
	r.mu.Lock()
	_, settling := r.settler.files[p]
	_, told := r.batch.at[p]
	_, blocked := r.blocks.paths[string(p)]
	age := max(r.settler.quiet.noProbe, networkAgeOf(r.src))
	r.mu.Unlock()
	if !settling && !told && !blocked {
		l.count(e)
	}
	if !settling && !blocked && !e.Unfinished && isOld(e.Print, l.now, age) && !l.held(e.Name) {
		return r.say(ctx, state.Sighting{Path: p, Print: e.Print})
	}
	r.see(p, e.Print)
	return nil
}

// held reports that a hold file stands beside a name.
func (l *listing) held(name string) bool {
	if !l.node.holds {
		return false
	}
	for _, suffix := range holdSuffixes {
		if l.names.Has(name + suffix) {
			return true
		}
	}
	return false
}

func networkAgeOf(src *source.Root) time.Duration {
	if src.Network() != "" {
		return networkAge
	}
	return 0
}

// count notes a file that no event told of, although the directory was watched: the watcher's own test.
func (l *listing) count(e source.Entry) {
	if !l.missed(e) {
		return
	}
	switch l.job.cause {
	case causeRescan:
		l.job.scan.missed++
	case causeSweep:
		l.r.mu.Lock()
		l.r.facts.MissedByEvents++
		l.r.mu.Unlock()
	}
}

// missed reports an entry that an event should have told of.
func (l *listing) missed(e source.Entry) bool {
	if l.fresh {
		return l.job.missed
	}
	return l.node.watched && l.r.arrived(e.Print, l.now)
}

// inventory is that of the full scan the listing is a part of, or nil.
func (l *listing) inventory() *inventory {
	if l.job.scan == nil {
		return nil
	}
	return &l.job.scan.inventory
}

func (l *listing) refuse(e source.Entry) {
	if l.refused == nil {
		l.refused = map[string]int64{}
	}
	l.r.mu.Lock()
	word := l.r.refusals.word(extension(e.Name, e.Kind))
	l.r.mu.Unlock()
	if _, ok := l.refused[word]; !ok && len(l.refused) >= extensionsMax {
		word = "(other)"
	}
	l.refused[word]++
}
