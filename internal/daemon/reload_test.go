package daemon_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/queue"
)

// reloaded is a daemon whose configuration can be changed. Its record knows the roots one, at the folder a, which is watched, and two, at b, which was.
type reloaded struct {
	*daemon.Daemon
	dir  string
	next *config.Config
	read func() // runs when it is read again
}

func newReloaded(t *testing.T) *reloaded {
	t.Helper()
	r := &reloaded{dir: t.TempDir(), read: func() {}}
	for _, name := range []string{"a", "b", "c", "d"} {
		if err := os.Mkdir(r.path(name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	c, err := config.Load(config.Options{Env: []string{"HOME=" + r.dir, "FLORA_API_KEY=sk_test", "FLORA_BASE_URL=http://127.0.0.1:1/api/v1"},
		Watch: &config.Watched{Path: r.path("a"), Workspace: "ws_a"}})
	if err != nil {
		t.Fatal(err)
	}
	c.Watch[0].Name = "one"
	r.Daemon, err = daemon.Open(t.Context(), daemon.Options{Config: c, Observer: silent{}, NoSync: true, Load: func() (*config.Config, error) {
		r.read()
		return r.next, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	for _, folders := range []map[string]string{{"two": "b"}, {}} {
		r.change(folders)
		if _, err := r.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func (r *reloaded) path(folder string) string { return filepath.Join(r.dir, folder) }

// change makes the next configuration one with these folders, by the names of their roots, beside the first.
func (r *reloaded) change(folders map[string]string) {
	c := *r.Config()
	c.Watch = slices.Clone(c.Watch[:1])
	for _, name := range slices.Sorted(maps.Keys(folders)) {
		w := c.Watch[0]
		w.Name, w.Path = name, r.path(folders[name])
		c.Watch = append(c.Watch, w)
	}
	r.next = &c
}

func (r *reloaded) knows(t *testing.T, want map[string]string) {
	t.Helper()
	for name, folder := range want {
		want[name] = r.path(folder)
	}
	if known := r.Known(); !maps.Equal(known, want) {
		t.Errorf("the record knows %v, want %v", known, want)
	}
}

// TestReloadIsOneCommit: a folder that is watched again, at another path, and a new one are made known to the record together: there is no moment between them
// in which the disk could be full.
func TestReloadIsOneCommit(t *testing.T) {
	r := newReloaded(t)
	r.change(map[string]string{"two": "c", "three": "d"})
	before := r.Commits()
	if _, err := r.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := r.Commits() - before; n != 2 { // the other is the sum of the new one's rules: it is in force when that is written
		t.Errorf("%d commits, want 2", n)
	}
	r.knows(t, map[string]string{"one": "a", "two": "c", "three": "d"})
}

// TestReloadIsRefusedWhole: one folder is known under another name; what stands before it in the configuration has left no trace.
func TestReloadIsRefusedWhole(t *testing.T) {
	r := newReloaded(t)
	r.change(map[string]string{"three": "c", "zero": "b"})
	before := r.Commits()
	if _, err := r.Reload(t.Context()); !errors.Is(err, queue.ErrRootRenamed) {
		t.Errorf("got %v", err)
	}
	if r.Commits() != before {
		t.Error("something was written")
	}
	r.knows(t, map[string]string{"one": "a", "two": "b"})
}

// TestReloadOutlivesItsCaller: whoever asked for it goes while it is read; it is in force all the same, and the record knows it.
func TestReloadOutlivesItsCaller(t *testing.T) {
	r := newReloaded(t)
	ctx, cancel := context.WithCancel(t.Context())
	r.read = cancel
	r.change(map[string]string{"two": "c", "three": "d"})
	if _, err := r.Reload(ctx); err != nil || len(r.Config().Watch) != 3 {
		t.Errorf("%d folders, %v", len(r.Config().Watch), err)
	}
	r.knows(t, map[string]string{"one": "a", "two": "c", "three": "d"})
}
