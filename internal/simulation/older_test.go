package simulation

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// older is a record that is older than reality: a backup is made in the middle of a life, the work goes on, files change, and then the backup is restored.
type older struct {
	*machine
	saved []byte
	knew  map[string]bool // digests of files that the backup holds at reserved or beyond
	moved map[string]bool // digests of files that were renamed since
}

// keysLast is how long FLORA surely remembers a key (spec).
const keysLast = 2 * time.Hour

// TestRecordOlderThanReality: files are uploaded, renamed, deleted, rewritten and new since the backup was made. While FLORA remembers the keys everything is
// ready once, but for a file that was renamed since and that the backup does not know as reserved: its key has its path in it. Later the same holds of what
// the backup did not know as reserved; nothing is ever ready more than twice, and nothing is lost, moved or deleted that should not be.
func TestRecordOlderThanReality(t *testing.T) {
	enumerates(t)
	n := 0
	for _, s := range []server{servers[0], servers[1], servers[2], {"Late", sandbox.Options{Process: 20 * time.Second}}} {
		for _, c := range []setup{setups[0], setups[3], setups[5]} {
			for _, later := range []time.Duration{time.Minute, 100 * time.Minute, 3 * time.Hour, 30 * time.Hour} {
				if n++; !*long && n%3 != 0 { // each server, each setup and each time, but not all of them with each other
					continue
				}
				first := n
				t.Run(fmt.Sprintf("%s/%s/%v", s.name, c.name, later), func(t *testing.T) {
					t.Parallel()
					step := 11
					if *long {
						step = 1
					}
					for at := first % step; olderAt(t, s, c, at, later); at += step {
					}
				})
			}
		}
	}
}

// olderAt makes the backup at the n-th event of the first life. It reports false when that life has no so many events.
func olderAt(t *testing.T, s server, c setup, at int, later time.Duration) (there bool) {
	dir, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		box := newService(t, dir, n, s.options)
		defer box.stop()
		o := &older{machine: newMachine(t, dir, box, n, uint64(at)+1, c), knew: map[string]bool{}, moved: map[string]bool{}}
		there = o.backup(at)
		o.reality()
		time.Sleep(later)
		o.restore(filepath.Join(dir, "backup.db"))
		last := o.newLife(nil)
		last.linger = 15 * time.Minute // that a path vanished is judged by a scan that begins later
		o.live(last, nil)
		o.holds(later)
		if t.Failed() {
			t.Logf("the backup was made at event %d; calls: %v", at, lines(box.called()))
		}
	})
	_ = os.RemoveAll(dir)
	return there && !t.Failed()
}

// backup has a life take in five files, and copies the record at one of its events.
func (o *older) backup(at int) (there bool) {
	for i := range 5 {
		o.write(fmt.Sprintf("d/old%d.png", i), o.bytes(1000+i))
	}
	there = o.live(o.newLife(&crash{at: at}), nil)
	o.saved = o.record()
	for _, it := range o.rows() {
		if it.Phase >= state.Reserved {
			o.knew[o.stands[string(it.Path)]] = true
		}
	}
	return there
}

// reality is what happens since.
func (o *older) reality() {
	o.live(o.newLife(nil), nil)
	if o.after["keep"] {
		o.moved[o.stands["d/old0.png"]] = true
	}
	o.rename("d/old0.png", "d/renamed.png")
	o.remove("d/old1.png")
	o.write("d/old2.png", o.bytes(2000))
	o.write("d/new.png", o.bytes(3000))
	o.live(o.newLife(nil), nil)
	o.promises()
}

func (o *older) restore(path string) {
	o.must(os.WriteFile(path, o.saved, 0o600))
	kept, err := daemon.Restore(context.Background(), o.config.StateDir, path)
	o.must(err)
	if kept == "" {
		o.t.Error("the record that was there was not kept")
	}
	q, err := queue.Open(context.Background(), queue.Options{Path: daemon.RecordPath(o.config.StateDir), NoSync: true})
	o.must(err)
	if len(o.knew) > 0 && q.Restored() == 0 {
		o.t.Error("the record is not marked")
	}
	o.must(q.Close())
}

// holds asserts what docs/guarantees.md says of it.
func (o *older) holds(later time.Duration) {
	o.t.Helper()
	ready := o.service.ready()
	for sum, assets := range ready {
		most := 1
		if !o.knew[sum] && (o.moved[sum] || later > keysLast) {
			most = 2
		}
		if o.versions[sum] == "" || len(assets) > most {
			o.t.Errorf("%q is ready %d times, and may be %d times; the backup knew it as reserved: %v", o.versions[sum], len(assets), most, o.knew[sum])
		}
	}
	rows := o.rows()
	o.rowsAreTrue(ready, rows)
	o.neverLost(ready)
	o.neverTouched(ready)
	o.attachedOnce(ready)
	o.service.lawful()
}
