package watcher

import (
	"testing"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

// TestScanKnowsWhatIsOnItsWay: a file is seen, and goes before the record was told; nobody hears of that, and a scan begins. It must not ask the record
// what is missing before the record has the file: else it stands there until the next scan.
func TestScanKnowsWhatIsOnItsWay(t *testing.T) {
	h := newHouse(t)
	src, err := source.New("inbox", h.dir)
	h.must(err)
	rules, err := NewRules(true, nil, nil)
	h.must(err)
	r := newRootWatch(Root{Source: src, Recursive: true, Mode: Poll}, rules, Options{Record: h.record, Observer: h.observer})
	r.changed, r.peers, r.settling = func() {}, func(string) *rootWatch { return nil }, func() []state.Fingerprint { return nil }
	scan := func() {
		t.Helper()
		for n := r.scansN; r.scansN == n; {
			if _, err := r.step(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	scan()
	h.write("a.jpg", "1")
	e, err := src.Stat("a.jpg")
	h.must(err)
	h.must(r.say(t.Context(), state.Sighting{Path: "a.jpg", Print: e.Print}))
	h.remove("a.jpg")
	r.startScan(causeRescan)
	scan()
	if here := h.record.here(); len(here) > 0 {
		t.Errorf("%q stands in the record and nowhere else", here)
	}
}
