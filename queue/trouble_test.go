package queue

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// heard keeps what the record tells.
type heard struct {
	mu      sync.Mutex
	notices []state.Notice
}

func (h *heard) Applied(state.Applied) {}
func (h *heard) Noticed(n state.Notice) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.notices = append(h.notices, n)
}

// take returns what was told since the last call.
func (h *heard) take() (events string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, n := range h.notices {
		events += fmt.Sprintf("%s/%s ", n.Event, n.Reason)
	}
	h.notices = nil
	return events
}

// TestTroubleIsToldOnce: a disk that takes small commits and refuses others is one trouble, told when it begins and when something was committed
// again, and what it is stands in Trouble meanwhile.
func TestTroubleIsToldOnce(t *testing.T) {
	for name, c := range map[string]struct {
		errno  syscall.Errno
		reason state.Reason
	}{"Full": {syscall.ENOSPC, state.DiskFull}, "Quota": {syscall.EDQUOT, state.DiskFull}, "ReadOnly": {syscall.EROFS, state.StateUnwritable}, "Broken": {syscall.EIO, state.StateUnwritable}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := &heard{}
				q, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "queue.db"), Create: true, NoSync: true, Observer: h})
				if err != nil {
					t.Fatal(err)
				}
				defer q.Close()
				if err := q.AddRoot(t.Context(), "inbox", "/srv/inbox"); err != nil {
					t.Fatal(err)
				}
				var mu sync.Mutex
				bad, always := true, true
				q.commit = func(tx *bolt.Tx) error {
					mu.Lock()
					defer mu.Unlock()
					// A probe touches no row.
					small := tx.Bucket(bucketRows).Sequence() == 0
					if bad && (always || !small) {
						return fmt.Errorf("write: %w", c.errno)
					}
					return tx.Commit()
				}
				for range 3 {
					_, err := q.Sight(t.Context(), []Arrival{seen("a.png", 1)})
					if !errors.Is(err, ErrUnwritable) && !errors.Is(err, ErrUnknown) {
						t.Errorf("got %v", err)
					}
					if got := q.Trouble(); got.Reason != c.reason || got.Hint == "" || !errors.Is(got.Err, c.errno) {
						t.Errorf("trouble: %+v", got)
					}
					time.Sleep(10 * time.Second)
				}
				mu.Lock()
				always = false // from now on the probes succeed
				mu.Unlock()
				for range 50 {
					time.Sleep(2 * time.Second)
					if _, err := q.Sight(t.Context(), []Arrival{seen("a.png", 1)}); err == nil {
						t.Fatal("the disk took it")
					}
				}
				if got, want := h.take(), fmt.Sprintf("%s/%s ", state.StateUnwritten, c.reason); got != want {
					t.Errorf("told %q, want %q", got, want)
				}
				mu.Lock()
				bad = false
				mu.Unlock()
				time.Sleep(2 * time.Second)
				if _, err := q.Sight(t.Context(), []Arrival{seen("a.png", 1)}); err != nil {
					t.Fatal(err)
				}
				if got, want := h.take(), fmt.Sprintf("%s/ ", state.StateOpened); got != want {
					t.Errorf("told %q, want %q", got, want)
				}
				if got := q.Trouble(); got.Reason != "" {
					t.Errorf("trouble: %+v", got)
				}
			})
		})
	}
}

// TestDamageMetByAReadEndsTheWriting: nobody may write on because only readers have met the damage so far; it is told once.
func TestDamageMetByAReadEndsTheWriting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	put(t, path, sample(t))
	h := &heard{}
	q, err := Open(t.Context(), Options{Path: path, NoSync: true, Observer: h})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt(bytes.Repeat([]byte{0xa5}, len(whole)-8192), 8192)
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := q.Known(t.Context(), "inbox", "d01", "", 99); !errors.Is(err, ErrDamaged) {
			t.Errorf("got %v", err)
		}
	}
	<-q.Wake()
	for range 3 {
		if _, err := q.Sight(t.Context(), []Arrival{seen("a.png", 1)}); !errors.Is(err, ErrDamaged) {
			t.Errorf("got %v", err)
		}
	}
	if got, want := h.take(), fmt.Sprintf("%s/ ", state.StateDamaged); got != want {
		t.Errorf("told %q, want %q", got, want)
	}
}

// TestDamageMetWhenReopenedIsTold: a record that is found damaged when a failed commit has it read anew is told as such, and whoever reads hears it, too: it
// is not being reopened any more.
func TestDamageMetWhenReopenedIsTold(t *testing.T) {
	for name, bytes := range map[string][]byte{"Garbage": []byte("no record at all"), "Cut": nil} {
		t.Run(name, func(t *testing.T) {
			dir, h := t.TempDir(), &heard{}
			path, other := filepath.Join(dir, "queue.db"), filepath.Join(dir, "other")
			put(t, other, bytes)
			q, err := Open(t.Context(), Options{Path: path, Create: true, NoSync: true, Observer: h})
			if err != nil {
				t.Fatal(err)
			}
			defer q.Close()
			q.commit = func(*bolt.Tx) error { return errors.Join(os.Rename(other, path), syscall.EIO) }
			if err := q.AddRoot(t.Context(), "inbox", "/srv/inbox"); !errors.Is(err, ErrUnknown) {
				t.Fatalf("got %v", err)
			}
			<-q.Wake()
			if got, want := h.take(), fmt.Sprintf("%s/%s %s/ ", state.StateUnwritten, state.StateUnwritable, state.StateDamaged); got != want {
				t.Errorf("told %q, want %q", got, want)
			}
			if _, err := q.Counts(t.Context()); !errors.Is(err, ErrDamaged) {
				t.Errorf("a read: %v", err)
			}
			if _, _, err := q.NextDue(t.Context(), testNow); !errors.Is(err, ErrDamaged) {
				t.Errorf("the next time: %v", err)
			}
			if _, err := q.Check(t.Context()); !errors.Is(err, ErrDamaged) {
				t.Errorf("a check: %v", err)
			}
			if err := q.AddRoot(t.Context(), "inbox", "/srv/inbox"); !errors.Is(err, ErrDamaged) {
				t.Errorf("a change: %v", err)
			}
		})
	}
}

// TestRootsAreAddedTogether: a disk that fails, or a refusal in the middle, leaves none of them behind.
func TestRootsAreAddedTogether(t *testing.T) {
	q := open(t)
	add := func(want error, roots ...Root) {
		t.Helper()
		if err := q.AddRoots(t.Context(), roots); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	add(nil, Root{Name: "a", Path: "/srv/a"}, Root{Name: "b", Path: "/srv/b", Link: true})
	if got := q.Roots(); len(got) != 2 || got[0].Link || !got[1].Link {
		t.Fatalf("roots %+v", got)
	}
	known := fmt.Sprint(q.Roots())
	add(ErrRootRenamed, Root{Name: "a", Path: "/mnt/a"}, Root{Name: "new", Path: "/mnt/new"}, Root{Name: "c", Path: "/srv/b"})
	if got := fmt.Sprint(q.Roots()); got != known {
		t.Errorf("after a refusal: %s", got)
	}
	var once sync.Once
	q.commit = func(tx *bolt.Tx) (err error) {
		once.Do(func() { err = syscall.ENOSPC })
		if err == nil {
			err = tx.Commit()
		}
		return err
	}
	add(syscall.ENOSPC, Root{Name: "a", Path: "/mnt/a"}, Root{Name: "new", Path: "/mnt/new"})
	for q.Trouble().Reason != "" {
		select {
		case <-q.Wake():
		case <-t.Context().Done():
			t.Fatal("the record was not taken up again")
		}
	}
	if got := fmt.Sprint(q.Roots()); got != known {
		t.Errorf("after a full disk: %s", got)
	}
	add(nil, Root{Name: "a", Path: "/mnt/a"}, Root{Name: "new", Path: "/mnt/new"})
	if got := q.Roots(); len(got) != 3 || got[0].Path != "/mnt/a" || got[2].Path != "/mnt/new" {
		t.Errorf("roots %+v", got)
	}
}
