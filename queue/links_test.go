package queue

import (
	"testing"
	"time"

	"github.com/florasync/florasync/state"
)

// A file that is ready gets a second name, which moves its change time: both names are looked at, one after the other. The row at the first name is in
// doubt then, but its file stands there: the second name is a file of its own, and must not take the first one's row away.
func TestSecondNameDoesNotTakeTheRowOfTheFirst(t *testing.T) {
	q := linkedQueue(t)
	if err := q.AddRoot(t.Context(), "a", "/srv/a"); err != nil {
		t.Fatal(err)
	}
	first := upload(t, q, "a", "a.png", 1, twinTo, isReady())
	print := first.Print
	print.MTime, print.CTime = print.MTime+5, print.CTime+5 // touched, so that the digest has to be asked
	sight := func(p state.Path) state.Item {
		t.Helper()
		ids, err := q.Sight(t.Context(), []Arrival{{Sighting: state.Sighting{Root: "a", Path: p, Print: print, At: time.Unix(1_700_000_100, 0)}}})
		if err != nil {
			t.Fatal(err)
		}
		it, err := q.Get(t.Context(), ids[0])
		if err != nil {
			t.Fatal(err)
		}
		return it
	}
	doubt := sight("a.png")
	if doubt.ID == first.ID || doubt.Prev != first.ID {
		t.Fatalf("no doubt: %+v", doubt)
	}
	if second := sight("b.png"); second.ID == doubt.ID || second.Prev != 0 {
		t.Errorf("the second name is %v, suspected of %v", second.ID, second.Prev)
	}
}
