package queue

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestBackupHoldsNoSecretAndOpens(t *testing.T) {
	dir := t.TempDir()
	q := openInbox(t, filepath.Join(dir, "queue.db"))
	defer q.Close()
	if _, err := q.Sight(t.Context(), []Arrival{seen("a", 1), {URL: "https://hans:geheim@x/y.png?signature=hush"}}); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := q.Backup(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"hans", "geheim", "hush"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the backup holds %q", secret)
		}
	}
	restored := filepath.Join(dir, "restored.db")
	put(t, restored, out.Bytes())
	r, err := Open(t.Context(), Options{Path: restored})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.MarkRestored(t.Context()); err != nil || r.Restored() != 2 {
		t.Errorf("restored up to %v, %v", r.Restored(), err)
	}
	if rep, err := r.Check(t.Context()); err != nil || !rep.OK() || rep.Rows != 2 {
		t.Errorf("check: %+v, %v", rep, err)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".florasync-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestCopiesOfAKilledProcessAreRemoved: whole copies of the record, which a backup or a migration left when it was killed, go when a process has the record for
// itself. A reader may stand beside a backup under way.
func TestCopiesOfAKilledProcessAreRemoved(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "queue.db")
	if err := openInbox(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, ".florasync-backup-queue.db-1"), 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, ".florasync-backup-queue.db-1", "raw"), []byte("x"))
	put(t, filepath.Join(dir, ".florasync-copy-queue.db-1"), []byte("x"))
	put(t, filepath.Join(dir, "backup.db"), []byte("somebody's own"))
	for _, c := range []struct {
		o    Options
		want []string
	}{
		{Options{Path: path, ReadOnly: true}, []string{".florasync-backup-queue.db-1", ".florasync-copy-queue.db-1", "backup.db", "queue.db"}},
		{Options{Path: path}, []string{"backup.db", "queue.db"}},
	} {
		q, err := Open(t.Context(), c.o)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := fs.ReadDir(os.DirFS(dir), ".")
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		if !slices.Equal(names, c.want) {
			t.Errorf("read only %v: %q, want %q", c.o.ReadOnly, names, c.want)
		}
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
