package queue

import (
	"context"
	"testing"
	"time"

	"github.com/florasync/florasync/state"
)

var testNow = time.Unix(1_700_000_000, 5_000).UTC()

func seen(path string, inode uint64) Arrival {
	return Arrival{Sighting: state.Sighting{Root: "inbox", Path: state.Path(path), At: testNow, Print: state.Fingerprint{Inode: inode, Size: 10, MTime: 1}}}
}

func openInbox(t testing.TB, path string) *Queue {
	t.Helper()
	q, err := Open(context.Background(), Options{Path: path, Create: true, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := q.AddRoot(context.Background(), "inbox", "/srv/inbox"); err != nil {
		t.Fatal(err)
	}
	return q
}

func drain(q *Queue) {
	select {
	case <-q.Wake():
	default:
	}
}
