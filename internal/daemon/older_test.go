package daemon_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/queue"
)

// makeOlder has a record say that an earlier schema wrote it.
func makeOlder(t *testing.T, path string) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	if err == nil {
		err = errors.Join(db.Update(func(tx *bolt.Tx) error {
			return tx.Bucket([]byte("meta")).Put([]byte("schema"), binary.BigEndian.AppendUint64(nil, 4))
		}), db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestReadersOfAnOlderRecordAreToldTheCure: they do not migrate it, and say who does; what starts does.
func TestReadersOfAnOlderRecordAreToldTheCure(t *testing.T) {
	r := newReloaded(t)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	o := daemon.Options{Config: r.Config(), Observer: silent{}}
	path := daemon.RecordPath(o.Config.StateDir)
	makeOlder(t, path)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := daemon.Offline(o)
	if err != nil {
		t.Fatal(err)
	}
	_, statusErr := s.Status(t.Context())
	_, listErr := s.List(t.Context(), control.Filter{}, "", 1)
	_, explainErr := s.Explain(t.Context(), r.path("a/x.png"))
	_, checkErr := s.Check(t.Context())
	for name, err := range map[string]error{"status": statusErr, "list": listErr, "explain": explainErr, "state check": checkErr} {
		if !errors.Is(err, queue.ErrOlder) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "start the service, or florasync run") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("a reader changed the record: %v", err)
	}
	d, err := daemon.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Status(t.Context()); err != nil {
		t.Errorf("after a start: %v", err)
	}
}

// TestRestoreTakesABackupOfAnOlderSchema: a backup outlives upgrades.
func TestRestoreTakesABackupOfAnOlderSchema(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	record(t, daemon.RecordPath(dir), func(q *queue.Queue) { see(t, q, "a.png") })
	saved := backup(t, dir)
	makeOlder(t, saved)
	before, err := os.ReadFile(saved)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := daemon.Restore(t.Context(), dir, saved)
	if err != nil {
		t.Fatal(err)
	}
	record(t, daemon.RecordPath(dir), func(q *queue.Queue) {
		if n := rows(t, q); n != 1 || q.Restored() != 1 || q.Schema() == 4 {
			t.Errorf("restored: %d rows, marked up to %v, schema %d", n, q.Restored(), q.Schema())
		}
	})
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("left behind, beside the record and %s: %v, %v", kept, entries, err)
	}
	if after, err := os.ReadFile(saved); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the backup itself was changed: %v", err)
	}
}
