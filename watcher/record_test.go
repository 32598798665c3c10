package watcher

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

// fakeRecord is the record in memory, as the queue promises to behave: a no-op for what is known.
type fakeRecord struct {
	mu      sync.Mutex
	paths   map[state.Path]state.Sighting // the last said of each; Print is kept when gone
	said    []state.Sighting              // what changed anything, in order
	batches int                           // calls of Sight
	writes  int                           // of them, those that changed anything
	scans   int                           // ended
	judged  []Scan
	folder  source.Identity
	refuse  error // what Sight answers
	lost    int64 // files it believes to stand, and does not list
	unsure  int   // what ScanDone returns
	news    chan struct{}
	takes   func()          // called while a batch is on its way, when it is not nil
	under   map[string]bool // directories of which a batch says something that is on its way
	early   []string        // of these, those that were asked for meanwhile
}

// departs and asks keep what no test may see: a question about what is on its way.
func (f *fakeRecord) departs(batch []state.Sighting) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.under = map[string]bool{}
	for _, s := range batch {
		f.under[s.Path.Dir()] = true
	}
}

// asks is called with mu held.
func (f *fakeRecord) asks(dir string, all bool) {
	if f.under[dir] || all && len(f.under) > 0 {
		f.early = append(f.early, dir)
	}
}

func newFakeRecord() *fakeRecord {
	return &fakeRecord{paths: map[state.Path]state.Sighting{}, news: make(chan struct{}, 1)}
}

func (f *fakeRecord) Known(_ context.Context, _, dir, after string, n int) ([]Known, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asks(dir, false)
	var all []Known
	for p, s := range f.paths {
		if p.Dir() == dir && p.Base() > after {
			k := Known{Name: p.Base(), Sum: s.Print.Sum(), Gone: s.Gone}
			if s.Gone {
				k.Sum = 0
			}
			all = append(all, k)
		}
	}
	slices.SortFunc(all, func(a, b Known) int { return strings.Compare(a.Name, b.Name) })
	return all[:min(n, len(all))], nil
}

func (f *fakeRecord) Count(context.Context, string) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asks("", true)
	n := f.lost
	for _, s := range f.paths {
		if !s.Gone {
			n++
		}
	}
	return n, nil
}

func (f *fakeRecord) Revision() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return int64(f.writes)
}

func (f *fakeRecord) Dirs(_ context.Context, _, after string, n int) ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asks(after, true)
	set := map[string]bool{}
	for p, s := range f.paths {
		if d := p.Dir(); !s.Gone && d > after {
			set[d] = true
		}
	}
	var all []string
	for d := range set {
		all = append(all, d)
	}
	slices.Sort(all)
	return all[:min(n, len(all))], nil
}

func (f *fakeRecord) Elsewhere(_ context.Context, _ string, sightings []state.Sighting) (places []Place, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asks("", true)
	for i, s := range sightings {
		for p, was := range f.paths {
			if p != s.Path && !was.Gone && was.Print.Inode == s.Print.Inode && was.Print.Born == s.Print.Born && was.Print.Size == s.Print.Size {
				places = append(places, Place{Root: "inbox", Path: p, Print: was.Print, Of: i})
			}
		}
	}
	return places, nil
}

func (f *fakeRecord) Sight(_ context.Context, batch []state.Sighting) error {
	f.departs(batch)
	if f.takes != nil {
		f.takes()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	defer signal(f.news)
	f.under = nil
	f.batches++
	if f.refuse != nil {
		return f.refuse
	}
	if len(batch) > batchMax {
		return errors.New("a batch is too large")
	}
	wrote := false
	for _, s := range batch {
		old, known := f.paths[s.Path]
		switch {
		case s.Gone && (!known || old.Gone || s.Print.Inode != 0 && !old.Print.SameFile(s.Print)):
			continue
		case s.Gone:
			s.Print = old.Print
		case known && !old.Gone && old.Print == s.Print:
			continue
		}
		wrote = true
		f.paths[s.Path] = s
		f.said = append(f.said, s)
	}
	if wrote {
		f.writes++
	}
	return nil
}

func (f *fakeRecord) Folder(context.Context, string) (source.Identity, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.folder, nil
}

func (f *fakeRecord) ScanDone(_ context.Context, _ string, s Scan) (unsure int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asks("", true)
	f.scans++
	f.judged = append(f.judged, s)
	f.folder = s.Folder
	signal(f.news)
	return f.unsure, nil
}

// here lists what stands, in order.
func (f *fakeRecord) here() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := []string{}
	for p, s := range f.paths {
		if !s.Gone {
			all = append(all, string(p))
		}
	}
	slices.Sort(all)
	return all
}

// saidOf lists what was said of a path: "gone" or "settled".
func (f *fakeRecord) saidOf(p state.Path) (words []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.said {
		if s.Path != p {
			continue
		}
		if s.Gone {
			words = append(words, "gone")
		} else {
			words = append(words, "settled")
		}
	}
	return words
}

func (f *fakeRecord) order() (words []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.said {
		if s.Gone {
			words = append(words, "-"+string(s.Path))
		} else {
			words = append(words, "+"+string(s.Path))
		}
	}
	return words
}

func (f *fakeRecord) count() (writes, scans int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.writes, f.scans
}

// fakeObserver keeps what it is told.
type fakeObserver struct {
	mu      sync.Mutex
	notices []state.Notice
}

func (o *fakeObserver) Applied(state.Applied) {}

func (o *fakeObserver) Noticed(n state.Notice) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.notices = append(o.notices, n)
}

func (o *fakeObserver) of(event state.Event) (found []state.Notice) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, n := range o.notices {
		if n.Event == event {
			found = append(found, n)
		}
	}
	return found
}
