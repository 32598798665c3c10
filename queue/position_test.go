package queue

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/florasync/florasync/state"
)

func TestPositionCountsWhatIsDueBefore(t *testing.T) {
	q, now := open(t), time.Unix(1_700_000_000, 0).UTC()
	for _, root := range []string{"a", "b"} {
		if err := q.AddRoot(t.Context(), root, "/srv/"+root); err != nil {
			t.Fatal(err)
		}
	}
	var ids []state.ID
	for i := range 4 {
		for _, root := range []string{"a", "b"} {
			print := state.Fingerprint{Inode: uint64(len(ids) + 1), Born: 1, MTime: 2, CTime: 3, Size: 10}
			got, err := q.Sight(t.Context(), []Arrival{{Sighting: state.Sighting{Root: root, Path: state.Path(fmt.Sprintf("%d.png", i)), Print: print, At: now}}})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, got[0])
		}
	}
	where := func(id state.ID) (Position, bool) {
		t.Helper()
		p, ok, err := q.Position(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return p, ok
	}
	if p, ok := where(ids[0]); !ok || p != (Position{Lane: state.Lane{Root: "a"}}) {
		t.Errorf("the first: %+v, %v", p, ok)
	}
	if p, _ := where(ids[7]); p.Ahead != 3 || p.Lane.Root != "b" {
		t.Errorf("the last of b: %+v", p)
	}
	it, err := q.Get(t.Context(), ids[0])
	if err != nil {
		t.Fatal(err)
	}
	later := state.Later(now.Add(time.Hour), &state.Fault{Class: state.Passing})
	if _, err := q.Apply(t.Context(), state.Change{ID: it.ID, Rev: it.Rev, At: now, Outcome: later}); err != nil {
		t.Fatal(err)
	}
	if p, _ := where(ids[0]); p.Ahead != 3 {
		t.Errorf("after it was put off: %+v", p)
	}
	if p, _ := where(ids[2]); p.Ahead != 0 {
		t.Errorf("the next one: %+v", p)
	}
	it, err = q.Get(t.Context(), ids[2])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.Apply(t.Context(), state.Change{ID: it.ID, Rev: it.Rev, At: now, Outcome: state.Skip(state.Type, "")}); err != nil {
		t.Fatal(err)
	}
	if p, ok := where(ids[2]); ok {
		t.Errorf("a settled row waits: %+v", p)
	}
	if _, _, err := q.Position(t.Context(), 999); !errors.Is(err, ErrNoRow) {
		t.Errorf("an unknown row: %v", err)
	}
}

// TestPositionOfAFilm: its lane is in words that are true of it, before its bytes are sent and afterwards.
func TestPositionOfAFilm(t *testing.T) {
	q := openInbox(t, filepath.Join(t.TempDir(), "queue.db"))
	defer q.Close()
	film := seen("film.mp4", 1)
	film.Print.Size = state.LargeSize
	ids, err := q.Sight(t.Context(), []Arrival{film})
	if err != nil {
		t.Fatal(err)
	}
	is := func(want string) {
		t.Helper()
		if p, ok, err := q.Position(t.Context(), ids[0]); err != nil || !ok || p.Lane.String() != want {
			t.Errorf("it stands in %q, %v, %v, want %q", p.Lane, ok, err, want)
		}
	}
	is("inbox, large files to be sent")
	items, _, err := q.Claim(t.Context(), testNow, state.Lane{Root: "inbox", Size: state.Large}, 1)
	if err != nil || len(items) != 1 {
		t.Fatal(items, err)
	}
	it := items[0]
	for _, o := range []state.Outcome{state.IsReserved("asset_1", state.Destination{Workspace: "ws_a"}), state.Sent([32]byte{1}, state.LargeSize)} {
		if it, err = q.Apply(t.Context(), state.Change{ID: it.ID, Rev: it.Rev, At: testNow, Outcome: o}); err != nil {
			t.Fatal(err)
		}
	}
	is("inbox, small files and what is sent already")
}
