package watcher

import (
	"fmt"
	"testing"

	"github.com/florasync/florasync/state"
)

// TestLeftoversOfTwoScans: what was met is known until the second full scan after, and no more is remembered than there is room for.
func TestLeftoversOfTwoScans(t *testing.T) {
	r := &rootWatch{}
	w := &Watcher{byName: map[string]*rootWatch{"inbox": r}}
	at := func(name, want string) {
		t.Helper()
		if dir, ok := w.Leftover("inbox", name); dir != want || ok != (want != "") {
			t.Errorf("%s: got %q, %v, want %q", name, dir, ok, want)
		}
	}
	r.meet("d/.florasync-1")
	at(".florasync-1", "d")
	r.age()
	at(".florasync-1", "d")
	r.meet("e/.florasync-1") // its folder was renamed
	at(".florasync-1", "e")
	r.age()
	r.age()
	at(".florasync-1", "")
	for i := range leftoversMax + 1 {
		r.meet(state.Path(fmt.Sprintf("d/.florasync-%d", i)))
	}
	at(fmt.Sprintf(".florasync-%d", leftoversMax), "")
	if _, ok := w.Leftover("outbox", ".florasync-0"); ok {
		t.Error("one of a root that nobody watches")
	}
}

// TestLeftoverOutlivesScansThatAreGivenUp: Vanished goes by the last scan that ended, so what that one met is known until another one ends, however many were begun
// and given up since: the root went and came back, or the record refused.
func TestLeftoverOutlivesScansThatAreGivenUp(t *testing.T) {
	h := newHouse(t)
	h.write("e/.florasync-0123456789abcdef", "1")
	r := h.loop()
	h.scan(r)
	w := &Watcher{byName: map[string]*rootWatch{"inbox": r}}
	for n := range 3 {
		if dir, ok := w.Leftover("inbox", ".florasync-0123456789abcdef"); !ok || dir != "e" {
			t.Errorf("after %d scans that did not end: %q, %v", n, dir, ok)
		}
		r.startScan(causeRescan)
	}
}
