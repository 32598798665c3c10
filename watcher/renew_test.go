package watcher

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/florasync/florasync/internal/source"
)

// The roots change while they are watched: what is as it was goes on undisturbed, what differs is scanned anew by other rules, what is gone is silent.
func TestRootsThatChangeAtRunTime(t *testing.T) {
	h := newHouse(t)
	h.write("a.png", "a")
	h.write("raw/b.png", "b")
	h.age("a.png")
	h.age("raw/b.png")
	h.scanned()
	h.hasExactly("a.png", "raw/b.png")
	first := h.w.watched()[0]

	second := Root{Source: h.sourceOf("second"), Recursive: true}
	h.must(h.w.SetRoots([]Root{h.cfg, second}))
	if h.w.watched()[0] != first {
		t.Error("the root that is as it was began anew")
	}
	h.until("a look at the second root", func() bool { s := h.w.Status(); return len(s) == 2 && (s[1].Scanned || s[1].Reason != "") })

	narrow := h.cfg
	narrow.Include = []string{"*.jpg"}
	h.must(h.w.SetRoots([]Root{narrow}))
	h.until("the scan by other rules", func() bool { s := h.w.Status(); return len(s) == 1 && s[0].Scanned && h.w.watched()[0] != first })
	h.write("c.png", "c")
	h.write("c.jpg", "c")
	h.until("what is wanted now", func() bool { return slices.Contains(h.record.here(), "c.jpg") })
	if slices.Contains(h.record.here(), "c.png") {
		t.Error("the old rules are still in force")
	}

	bad := narrow
	bad.Exclude = []string{"["}
	if err := h.w.SetRoots([]Root{second, bad}); err == nil {
		t.Error("a pattern that does not parse is taken")
	}
	if s := h.w.Status(); len(s) != 1 || s[0].Name != "inbox" {
		t.Errorf("a refused change changed the roots: %+v", s)
	}
	h.must(h.w.SetRoots(nil))
	h.must(h.w.SetRoots([]Root{narrow}))
	h.until("the root that came back", func() bool { s := h.w.Status(); return len(s) == 1 && s[0].Scanned })
}

// However quickly the roots change, one goroutine at a time watches a folder, and the last word counts.
func TestRootsThatChangeQuickly(t *testing.T) {
	h := newHouse(t).scanned()
	for i := range 200 {
		c := h.cfg
		c.Exclude = []string{fmt.Sprintf("*.%d", i)}
		h.must(h.w.SetRoots([]Root{c}))
		if i%3 == 0 {
			h.must(h.w.SetRoots(nil))
		}
	}
	last := h.cfg
	last.Exclude = []string{"*.jpg"}
	h.must(h.w.SetRoots([]Root{last}))
	h.write("a.jpg", "a")
	h.write("a.png", "a")
	h.hasExactly("a.png")
}

// sourceOf makes a folder beside the house and returns it as a root of its name.
func (h *house) sourceOf(name string) *source.Root {
	h.Helper()
	dir := filepath.Join(filepath.Dir(h.dir), name)
	h.mkdir("../" + name)
	src, err := source.New(name, dir)
	h.must(err)
	return src
}

// What a root had counted is not lost with its watch: counters never fall.
func TestCountersOutliveAChange(t *testing.T) {
	h := newHouse(t).scanned()
	r := h.w.watched()[0]
	r.mu.Lock()
	r.facts.MissedByEvents, r.facts.Overflows = 3, 2
	r.mu.Unlock()
	c := h.cfg
	c.Exclude = []string{"x"}
	h.must(h.w.SetRoots([]Root{c}))
	h.until("the scan", func() bool { return h.status().Scanned })
	if s := h.status(); s.MissedByEvents != 3 || s.Overflows != 2 {
		t.Errorf("got %+v", s)
	}
}
