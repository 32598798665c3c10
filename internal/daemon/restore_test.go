package daemon_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// record opens the record of dir, does something with it, and closes it.
func record(t *testing.T, path string, do func(*queue.Queue)) {
	t.Helper()
	q, err := queue.Open(t.Context(), queue.Options{Path: path, Create: true, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	do(q)
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
}

func see(t *testing.T, q *queue.Queue, names ...string) {
	t.Helper()
	if err := q.AddRoot(t.Context(), "inbox", "/srv/inbox"); err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		_, err := q.Sight(t.Context(), []queue.Arrival{{Sighting: state.Sighting{Root: "inbox", Path: state.Path(name), Print: state.Fingerprint{Inode: uint64(i + 1), Size: 7}, At: time.Now()}}})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func rows(t *testing.T, q *queue.Queue) int {
	t.Helper()
	items, _, err := q.List(t.Context(), queue.Query{}, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	return len(items)
}

func backup(t *testing.T, dir string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "backup.db")
	record(t, daemon.RecordPath(dir), func(q *queue.Queue) {
		f, err := os.Create(name)
		if err == nil {
			err = errors.Join(q.Backup(t.Context(), f), f.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	return name
}

func TestRestorePutsTheBackupInPlaceMarkedAndKeepsWhatWasThere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	record(t, daemon.RecordPath(dir), func(q *queue.Queue) {
		see(t, q, "a.png")
		if err := q.SetBirth(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
	})
	saved := backup(t, dir)
	record(t, daemon.RecordPath(dir), func(q *queue.Queue) { see(t, q, "a.png", "b.png") })
	kept, err := daemon.Restore(t.Context(), dir, saved)
	if err != nil {
		t.Fatal(err)
	}
	record(t, daemon.RecordPath(dir), func(q *queue.Queue) {
		if n := rows(t, q); n != 1 || q.Restored() != 1 || !q.Birth().IsZero() {
			t.Errorf("restored: %d rows, marked up to %v, born %v", n, q.Restored(), q.Birth())
		}
	})
	record(t, kept, func(q *queue.Queue) {
		if n := rows(t, q); n != 2 {
			t.Errorf("kept: %d rows", n)
		}
	})
}

func TestRestoreMendsADamagedRecord(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	record(t, daemon.RecordPath(dir), func(q *queue.Queue) { see(t, q, "a.png") })
	saved := backup(t, dir)
	if err := os.Truncate(daemon.RecordPath(dir), 5000); err != nil {
		t.Fatal(err)
	}
	if _, err := daemon.Restore(t.Context(), dir, saved); err != nil {
		t.Fatal(err)
	}
	record(t, daemon.RecordPath(dir), func(q *queue.Queue) {
		if n := rows(t, q); n != 1 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestRestoreRefusesWhatIsNoSoundBackupAndChangesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	record(t, daemon.RecordPath(dir), func(q *queue.Queue) { see(t, q, "a.png") })
	saved := backup(t, dir)
	if err := os.Truncate(saved, 9000); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(daemon.RecordPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{saved: queue.ErrDamaged, filepath.Join(dir, "nope"): queue.ErrMissing} {
		if _, err := daemon.Restore(t.Context(), dir, name); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", filepath.Base(name), err, want)
		}
	}
	after, err := os.ReadFile(daemon.RecordPath(dir))
	if err != nil || string(after) != string(before) {
		t.Errorf("the record changed: %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestRestoreWaitsForNobody(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	record(t, daemon.RecordPath(dir), func(q *queue.Queue) { see(t, q, "a.png") })
	saved := backup(t, dir)
	record(t, daemon.RecordPath(dir), func(*queue.Queue) {
		if _, err := daemon.Restore(t.Context(), dir, saved); !errors.Is(err, queue.ErrLocked) {
			t.Errorf("a held record: got %v", err)
		}
	})
}
