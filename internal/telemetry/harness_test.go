package telemetry

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-systemd/v22/journal"
	"github.com/florasync/florasync/state"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// writes keeps each Write apart.
type writes struct {
	mu   sync.Mutex
	list []string
}

func (w *writes) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, string(p))
	return len(p), nil
}

func (w *writes) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.list
	w.list = nil
	return list
}

func open(t *testing.T, o Options) (*Telemetry, *writes) {
	t.Helper()
	out := &writes{}
	o.Out = out
	tel, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return tel, out
}

func file() state.Item {
	return state.Item{ID: 46, Root: "inbox", Path: "2026/a.jpg", Print: state.Fingerprint{Size: 1234}}
}

// apply makes transitions, each told as the queue tells it.
func apply(t *testing.T, tel state.Observer, it state.Item, outcomes ...state.Outcome) state.Item {
	t.Helper()
	for _, o := range outcomes {
		c := state.Change{ID: it.ID, Rev: it.Rev, At: time.Now(), Outcome: o}
		next, err := state.Next(it, c)
		if err != nil {
			t.Fatal(err)
		}
		tel.Applied(state.Applied{Before: it, After: next, Change: c})
		it = next
	}
	return it
}

func noJournal(string, journal.Priority, map[string]string) error { return errors.New("no journal") }
