package simulation

import (
	"testing"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// windows are the tests of state.Windows: each dies in the gap and looks at what FLORA has, what the record says, and what the next life does.
var windows = map[string]func(*testing.T){
	"SettledNotEnqueued":   settledNotEnqueued,
	"ReservedNotRecorded":  reservedNotRecorded,
	"FormLost":             formLost,
	"SentNotRecorded":      sentNotRecorded,
	"CompletedNotRecorded": completedNotRecorded,
	"ReadyNotRecorded":     readyNotRecorded,
	"RevertedNotRetried":   revertedNotRetried,
	"RetriedNotSent":       retriedNotSent,
	"AttachedNotRecorded":  attachedNotRecorded,
	"IntentNotSent":        intentNotSent,
	"CreatedNotRecorded":   createdNotRecorded,
	"MovedNotRecorded":     movedNotRecorded,
	"SetAsideNotRemoved":   setAsideNotRemoved,
	"RemovedNotRecorded":   removedNotRecorded,
	"FoldedNotRecorded":    foldedNotRecorded,
}

func TestWindow(t *testing.T) {
	t.Parallel()
	for _, w := range state.Windows {
		if test, ok := windows[w.Name]; ok {
			t.Run(w.Name, test)
		}
	}
}

// TestEveryWindowHasItsTest compares the table with the tests.
func TestEveryWindowHasItsTest(t *testing.T) {
	named := map[string]bool{}
	for _, w := range state.Windows {
		named[w.Name] = true
		if windows[w.Name] == nil {
			t.Errorf("state.Windows has %s, which has no test", w.Name)
		}
	}
	for name := range windows {
		if !named[name] {
			t.Errorf("%s is tested and not in state.Windows", name)
		}
	}
}

// slow lets commits that nobody waits for reach the disk before the next effect.
var slow = sandbox.Fault{Latency: time.Second}
