package daemon_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/queue"
)

// TestRestoreTakesABackupOfAnOlderSchema: a backup outlives upgrades.
func TestRestoreTakesABackupOfAnOlderSchema(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	record(t, daemon.RecordPath(dir), func(q *queue.Queue) { see(t, q, "a.png") })
	saved := backup(t, dir)
	db, err := bolt.Open(saved, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte("meta")).Put([]byte("schema"), binary.BigEndian.AppendUint64(nil, 4))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
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
