package daemon

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// TestForgetMeansWhatIsStillSo: between the page of a list and its turn a row that failed may have been retried, and be ready: forgotten it would be uploaded again.
func TestForgetMeansWhatIsStillSo(t *testing.T) {
	q, err := queue.Open(t.Context(), queue.Options{Path: filepath.Join(t.TempDir(), "record.db"), Create: true, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	if err := q.AddRoot(t.Context(), "inbox", "/srv/inbox"); err != nil {
		t.Fatal(err)
	}
	row := func(name string, outcomes ...state.Outcome) state.ID {
		print := state.Fingerprint{Inode: uint64(name[0]), Born: 1, Size: 10}
		ids, err := q.Sight(t.Context(), []queue.Arrival{{Sighting: state.Sighting{Root: "inbox", Path: state.Path(name), Print: print, At: time.Now()}}})
		for _, o := range outcomes {
			it, getErr := q.Get(t.Context(), ids[0])
			if err != nil || getErr != nil {
				t.Fatal(err, getErr)
			}
			_, err = q.Apply(t.Context(), state.Change{ID: it.ID, Rev: it.Rev, At: time.Now(), Outcome: o})
		}
		if err != nil {
			t.Fatal(err)
		}
		return ids[0]
	}
	failed := state.Fail(state.AttemptsUp, &state.Fault{Class: state.Lasting, At: time.Now()})
	ready := []state.Outcome{state.IsReserved("asset_1", state.Destination{}), state.Sent([32]byte{1}, 10), state.IsReady("https://x/y", time.Now(), true, state.Work{})}
	s := &service{rec: held{q}, roots: &roots{}}
	for name, c := range map[string]struct {
		id   state.ID
		f    control.Filter
		want bool
	}{
		"FailedStill":       {row("a", failed), control.Filter{Failed: true}, true},
		"ReadySince":        {row("b", ready...), control.Filter{Failed: true}, false},
		"WaitsSince":        {row("c", failed, state.Reopen()), control.Filter{States: []string{"failed"}}, false},
		"CancelledNow":      {row("d"), control.Filter{States: []string{"active"}}, true},
		"Named":             {row("e", ready...), control.Filter{Names: []string{"/srv/inbox/e"}}, true},
		"TakenAwaySince":    {1 << 40, control.Filter{}, false},
		"ReadyAndAskedFor":  {row("f", ready...), control.Filter{States: []string{"ready"}}, true},
		"FailedNotAskedFor": {row("g", failed), control.Filter{States: []string{"ready", "waiting"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			_, there := q.Get(t.Context(), c.id)
			gone, err := s.forget(t.Context(), q, c.f, c.id, false)
			if gone != c.want || err != nil {
				t.Errorf("forgot it: %v, %v; want %v", gone, err, c.want)
			}
			if _, err := q.Get(t.Context(), c.id); (err == nil) != (there == nil && !c.want) {
				t.Errorf("the row: %v", err)
			}
		})
	}
}
