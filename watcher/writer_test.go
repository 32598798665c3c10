package watcher

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/florasync/florasync/state"
)

func (h *house) waiting(p state.Path) Waiting { return h.w.Explain("inbox", p).Waiting }

func TestHeldOpenThenClosedNoWrite(t *testing.T) { // invariant 4
	h := newHouse(t).scanned()
	f, err := os.Create(h.path("a.jpg"))
	h.must(err)
	_, err = f.WriteString("all of it")
	h.must(err)
	h.write("other.jpg", "x")
	h.hasExactly("other.jpg")
	h.until("the writer seen", func() bool { return h.waiting("a.jpg") == WaitsWriter })
	h.until("it alone to be settling", func() bool { return h.status().Settling == 1 })
	h.must(f.Close())
	h.hasExactly("a.jpg", "other.jpg")
	if got, want := h.record.paths["a.jpg"].Print, h.print("a.jpg"); got != want {
		t.Errorf("told %+v, stands %+v", got, want)
	}
}

func TestReopenAppendIsToldOnceItIsOver(t *testing.T) {
	h := newHouse(t).scanned()
	f, err := os.OpenFile(h.path("a.jpg"), os.O_CREATE|os.O_WRONLY, 0o644)
	h.must(err)
	for range 20 { // the next writer has it open before the last one closes
		next, err := os.OpenFile(h.path("a.jpg"), os.O_APPEND|os.O_WRONLY, 0)
		h.must(err)
		_, err = next.WriteString("more")
		h.must(err)
		h.must(f.Close())
		f = next
	}
	h.write("marker.jpg", "m")
	h.hasExactly("marker.jpg")
	h.must(f.Close())
	h.hasExactly("a.jpg", "marker.jpg")
	if got := h.record.saidOf("a.jpg"); !slices.Equal(got, []string{"settled"}) {
		t.Errorf("said %q, want it once", got)
	}
	if got := h.record.paths["a.jpg"].Print.Size; got != 80 {
		t.Errorf("told at %d bytes, want 80", got)
	}
}

func TestChangeAfterItWasToldIsTold(t *testing.T) {
	h := newHouse(t).scanned()
	h.write("a.jpg", "1")
	h.hasExactly("a.jpg")
	h.write("a.jpg", "22")
	h.until("the second version", func() bool { return len(h.record.saidOf("a.jpg")) == 2 })
	h.must(os.Truncate(h.path("a.jpg"), 0))
	h.until("the empty one", func() bool { return len(h.record.saidOf("a.jpg")) == 3 })
}

func TestEditorAtomicSave(t *testing.T) {
	h := newHouse(t)
	h.write("a.jpg", "1")
	h.scanned()
	h.hasExactly("a.jpg")
	h.write(".a.jpg.swp", "22")
	h.rename(".a.jpg.swp", "a.jpg")
	h.until("the new version", func() bool { return len(h.record.saidOf("a.jpg")) == 2 })
	if got := h.record.saidOf("a.jpg"); !slices.Equal(got, []string{"settled", "settled"}) {
		t.Errorf("said %q: it was never gone", got)
	}
}

func TestCreatedAndRemovedIsNotTold(t *testing.T) {
	h := newHouse(t).scanned()
	h.write("a.jpg", "1")
	h.until("settling", func() bool { return h.status().Settling == 1 || len(h.record.saidOf("a.jpg")) > 0 })
	h.remove("a.jpg")
	h.write("marker.jpg", "m")
	h.hasExactly("marker.jpg")
	h.until("nothing to be settling", func() bool { return h.status().Settling == 0 })
}

func TestLookIsTakenWhateverTheRulesSay(t *testing.T) {
	h := newHouse(t)
	h.record.paths["named.bin"] = state.Sighting{Path: "named.bin", Print: written(1)}
	h.write("named.bin", "x")
	h.scanned()
	h.remove("named.bin")
	h.w.Look("inbox", "named.bin")
	h.hasExactly()
}

func TestExplainSaysWhy(t *testing.T) {
	h := newHouse(t)
	h.cfg.Exclude = []string{"raw/**"}
	h.mkdir("raw")
	h.write("raw/a.jpg", "x")
	h.write("gone.jpg", "x")
	h.scanned()
	h.remove("gone.jpg")
	for p, want := range map[state.Path]Decision{
		"raw/a.jpg":  {Rule: RuleExclude, By: "raw/**"},
		".x/a.jpg":   {Rule: RuleHidden, By: ".x"},
		"a.jpg.part": {Rule: RuleTemporary, By: "a.jpg.part"},
		"a.cr3":      {Rule: RuleInclude},
		"gone.jpg":   {Taken: true, Rule: RuleInclude, By: DefaultInclude[0]},
	} {
		why := h.w.Explain("inbox", p)
		if why.Decision != want || why.Stands != (p == "raw/a.jpg") || why.State != Live {
			t.Errorf("%s: %+v, want %+v", p, why, want)
		}
	}
	if why := h.w.Explain("nobody", "a.jpg"); why != (Why{}) {
		t.Errorf("a root that is not there: %+v", why)
	}
}

func TestFutureAndEpochStampsAreTold(t *testing.T) {
	h := newHouse(t)
	h.write("future.jpg", "f")
	h.write("epoch.jpg", "e")
	h.must(os.Chtimes(h.path("future.jpg"), time.Now().AddDate(50, 0, 0), time.Now().AddDate(50, 0, 0)))
	h.must(os.Chtimes(h.path("epoch.jpg"), time.Unix(0, 0), time.Unix(0, 0)))
	h.scanned()
	h.hasExactly("epoch.jpg", "future.jpg")
}
