package watcher

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

// patience bounds how long a test waits for a signal. It is never waited out by a test that passes.
const patience = 20 * time.Second

// house is a root in a temporary directory, and a watcher that may run on it.
type house struct {
	*testing.T
	dir      string
	record   *fakeRecord
	observer *fakeObserver
	cfg      Root
	newHints func() (Hints, error)
	pace     pace
	batchMax int
	w        *Watcher
	stop     func()
}

func newHouse(t *testing.T) *house {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	h := &house{T: t, dir: filepath.Join(dir, "root"), record: newFakeRecord(), observer: &fakeObserver{}, newHints: NewFSHints,
		pace: pace{check: 200 * time.Millisecond, sweep: time.Minute, onTheWay: 2 * time.Second}}
	h.mkdir("")
	h.cfg = Root{Recursive: true}
	t.Cleanup(func() {
		if found := h.observer.of(state.ScanDisagrees); len(found) > 0 && t.Name() != "TestScanProvesTheRecord" {
			t.Errorf("a scan found that the record is wrong: %+v", found)
		}
		h.record.mu.Lock()
		defer h.record.mu.Unlock()
		if len(h.record.early) > 0 {
			t.Errorf("the record was asked while it was about to change: %q", h.record.early)
		}
	})
	return h
}

func (h *house) path(p string) string { return filepath.Join(h.dir, p) }

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) mkdir(p string) { h.Helper(); h.must(os.MkdirAll(h.path(p), 0o755)) }

func (h *house) write(p, content string) {
	h.Helper()
	h.must(os.MkdirAll(filepath.Dir(h.path(p)), 0o755))
	h.must(os.WriteFile(h.path(p), []byte(content), 0o644))
}

func (h *house) rename(from, to string) { h.Helper(); h.must(os.Rename(h.path(from), h.path(to))) }

func (h *house) remove(p string) { h.Helper(); h.must(os.RemoveAll(h.path(p))) }

// loop is the watch of the root as its own goroutine would own it: the test does its steps.
func (h *house) loop() *rootWatch {
	h.Helper()
	src, err := source.New("inbox", h.dir)
	h.must(err)
	h.cfg.Source, h.cfg.Mode, h.cfg.Poll = src, Poll, DefaultPoll
	rules, err := NewRules(true, nil, nil)
	h.must(err)
	r := newRootWatch(h.cfg, rules, Options{Record: h.record, Observer: h.observer})
	r.changed, r.peers, r.settling = func() {}, func(string) *rootWatch { return nil }, func() []state.Fingerprint { return nil }
	return r
}

// scan does steps until a scan has ended.
func (h *house) scan(r *rootWatch) {
	h.Helper()
	for n := r.scansN; r.scansN == n; {
		_, err := r.step(h.Context())
		h.must(err)
	}
}

// start runs a new watcher on the root, with the record as it is.
func (h *house) start() *house {
	h.Helper()
	if h.cfg.Source == nil {
		src, err := source.New("inbox", h.dir)
		h.must(err)
		h.cfg.Source = src
	}
	w, err := New(Options{Roots: []Root{h.cfg}, Record: h.record, Observer: h.observer, NewHints: h.newHints})
	h.must(err)
	w.roots[0].pace = h.pace
	if h.batchMax > 0 {
		w.roots[0].batchMax = h.batchMax
	}
	ctx, cancel := context.WithCancel(h.Context())
	var done sync.WaitGroup
	done.Go(func() {
		if err := w.Run(ctx); err != nil {
			h.Error(err)
		}
	})
	h.w, h.stop = w, func() { cancel(); done.Wait() }
	h.Cleanup(h.stop)
	return h
}

// scanned starts a watcher and waits for its first scan.
func (h *house) scanned() *house {
	h.Helper()
	h.start()
	h.until("the first scan", func() bool { return h.status().Scanned })
	return h
}

func (h *house) status() Status { return h.w.Status()[0] }

// until waits, signal by signal, until something holds.
func (h *house) until(what string, holds func() bool) {
	h.Helper()
	give := time.NewTimer(patience)
	defer give.Stop()
	for !holds() {
		select {
		case <-h.record.news:
		case <-h.w.Changed():
		case <-give.C:
			h.Fatalf("waited %v for %s: here %q, said %q, status %+v", patience, what, h.record.here(), h.record.order(), h.status())
		}
	}
}

// hasExactly waits until the record knows exactly these files.
func (h *house) hasExactly(want ...string) {
	h.Helper()
	slices.Sort(want)
	h.until(fmt.Sprintf("exactly %q", want), func() bool { return slices.Equal(h.record.here(), want) })
}

// print is the fingerprint of a file as it stands.
func (h *house) print(p state.Path) state.Fingerprint {
	h.Helper()
	e, err := h.cfg.Source.Stat(p)
	h.must(err)
	return e.Print
}

// age puts the stamps that can be put back an hour back; ctime cannot.
func (h *house) age(p string) {
	h.Helper()
	old := time.Now().Add(-time.Hour)
	h.must(os.Chtimes(h.path(p), old, old))
}
