package queue

import (
	"os"
	"path/filepath"
	"testing"
)

// TestSweepIsOfOneRecord: another record beside it, as `state restore` makes one while a daemon backs its own up, is opened without harm to what is written there.
func TestSweepIsOfOneRecord(t *testing.T) {
	dir := t.TempDir()
	record, other := filepath.Join(dir, "record.db"), filepath.Join(dir, "record.db.restoring")
	backup, err := os.MkdirTemp(dir, beside(backupPrefix, record))
	if err != nil {
		t.Fatal(err)
	}
	sweep(other)
	if _, err := os.Stat(backup); err != nil {
		t.Error(err)
	}
	sweep(record)
	if _, err := os.Stat(backup); !os.IsNotExist(err) {
		t.Errorf("left of its own: %v", err)
	}
}
