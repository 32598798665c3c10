package queue_test

import (
	"path/filepath"
	"testing"

	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/queue/queuetest"
	"github.com/florasync/florasync/state"
)

func TestContract(t *testing.T) {
	queuetest.Run(t, func(t testing.TB, dir string, observer state.Observer) queuetest.Queue {
		q, err := queue.Open(t.Context(), queue.Options{Path: filepath.Join(dir, "queue.db"), Create: true, NoSync: true, Observer: observer})
		if err != nil {
			t.Fatal(err)
		}
		return q
	})
}
