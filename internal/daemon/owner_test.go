package daemon_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/queue"
)

// somebodyElse owns nothing here.
const somebodyElse = 54321

// TestRootLeavesNoRecordOfItsOwn: what root restores in a service's directory is the service's, which could not open it else; and nobody is given a file
// that has a name elsewhere.
func TestRootLeavesNoRecordOfItsOwn(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("takes root")
	}
	dir, from := t.TempDir(), t.TempDir()
	copied := filepath.Join(from, "backup.db")
	record(t, copied, func(q *queue.Queue) { see(t, q, "a.png") })
	if err := os.Chown(dir, somebodyElse, somebodyElse); err != nil {
		t.Fatal(err)
	}
	if _, err := daemon.Restore(t.Context(), dir, copied); err != nil {
		t.Fatal(err)
	}
	owner := func(path string) uint32 {
		t.Helper()
		st, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return st.Sys().(*syscall.Stat_t).Uid
	}
	if uid := owner(daemon.RecordPath(dir)); uid != somebodyElse {
		t.Errorf("the restored record is %d's, want %d's", uid, somebodyElse)
	}
	if uid := owner(copied); uid != 0 {
		t.Errorf("the backup is %d's", uid)
	}
	linked := filepath.Join(dir, "secret")
	if err := os.Link(copied, linked); err != nil {
		t.Fatal(err)
	}
	if err := daemon.HandOver(linked); err != nil || owner(copied) != 0 {
		t.Errorf("a file of root's with another name was given away: %d, %v", owner(copied), err)
	}
}
