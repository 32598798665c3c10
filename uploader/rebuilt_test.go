package uploader_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader"
)

// stages are where files stand when their record is lost, and by what fault the first record's life gets no further with them.
var stages = []struct {
	name  string
	op    sandbox.Op
	fault func(c sandbox.Call, held <-chan struct{}) sandbox.Fault
	phase state.Phase
}{
	{"queued", sandbox.OpCreate, func(sandbox.Call, <-chan struct{}) sandbox.Fault { return sandbox.Fault{Hang: true} }, state.Queued},
	{"asked", sandbox.OpCreate, untilHeld, state.Queued}, // FLORA has reserved, and could not say so
	{"reserved", sandbox.OpPost, func(sandbox.Call, <-chan struct{}) sandbox.Fault { return sandbox.Fault{Hang: true} }, state.Reserved},
	{"sent", sandbox.OpPost, untilHeld, state.Reserved}, // the storage has the bytes, and could not say so
	{"uploaded", sandbox.OpComplete, func(sandbox.Call, <-chan struct{}) sandbox.Fault { return sandbox.Fault{Hang: true} }, state.Uploaded},
	{"finished", sandbox.OpComplete, untilHeld, state.Uploaded}, // FLORA has finished it, and could not say so
	{"completed", sandbox.OpComplete, func(sandbox.Call, <-chan struct{}) sandbox.Fault { return sandbox.Fault{Process: 5 * time.Minute} }, state.Completed},
	{"ready", sandbox.OpAttach, func(sandbox.Call, <-chan struct{}) sandbox.Fault { return sandbox.Fault{Hang: true} }, state.Ready},
	{"attached", sandbox.OpAttach, untilHeld, state.Ready}, // it is on the canvas, and FLORA could not say so
	{"done", "", nil, state.Done},
}

// untilHeld takes effect and does not answer.
func untilHeld(_ sandbox.Call, held <-chan struct{}) sandbox.Fault {
	return sandbox.Fault{Then: func() { <-held }}
}

// TestRecordRebuiltInEveryPhase: thirty files, three in each phase and in each gap between two, when the record is deleted. A new record on the same folder, at
// once or just within the two hours for which FLORA remembers keys, makes no second ready asset, by digest, and puts nothing on the canvas twice.
func TestRecordRebuiltInEveryPhase(t *testing.T) {
	for _, after := range []uploader.After{uploader.Keep, uploader.Move} {
		for server, o := range map[string]sandbox.Options{
			"409":            {},
			"409ImageKit":    {Storage: sandbox.ImageKit},
			"Replay":         {Replay: true},
			"ReplayImageKit": {Replay: true, Storage: sandbox.ImageKit},
		} {
			for _, later := range []time.Duration{time.Minute, 115 * time.Minute} {
				t.Run(fmt.Sprintf("%s/%v/%v", server, after, later), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { rebuild(t, o, after, later) })
				})
			}
		}
	}
}

func rebuild(t *testing.T, o sandbox.Options, after uploader.After, later time.Duration) {
	held, s := make(chan struct{}), &switched{}
	s.set(func(c sandbox.Call) sandbox.Fault {
		for _, stage := range stages {
			if c.Op == stage.op && strings.HasPrefix(c.Name, stage.name+"-") {
				return stage.fault(c, held)
			}
		}
		return sandbox.Fault{}
	})
	o.Fault = s.Fault
	b := newTampered(t, o, func(h http.Handler) http.Handler { return h })
	defer b.stop()
	b.options.Concurrency = 40 // what hangs holds its slot
	b.root.After, b.root.MoveTo, b.root.Route.Project = after, filepath.Join(b.dir, "done"), "prj_a"
	b.must(os.Mkdir(b.root.MoveTo, 0o755))
	files := map[string]string{} // digest → name
	ids := map[state.ID]state.Phase{}
	for _, stage := range stages {
		for i := range 3 {
			name := fmt.Sprintf("%s-%d.png", stage.name, i)
			ids[b.write(name, png, 9000+len(files))] = stage.phase
			content, err := os.ReadFile(b.path(name))
			b.must(err)
			sum := sha256.Sum256(content)
			files[hex.EncodeToString(sum[:])] = name
		}
	}
	b.life(func(claim, work context.CancelFunc) {
		time.Sleep(10 * time.Second)
		claim()
		work()
	})
	for id, want := range ids {
		if it := b.item(id); it.Phase != want || it.Halt != state.None {
			t.Fatalf("%s stands at %v %v %v, want %v: this tests nothing", it.Path, it.Phase, it.Halt, it.Fault, want)
		}
	}
	close(held)
	s.set(nil)
	b.queue.Close()
	b.must(os.Remove(filepath.Join(b.dir, "state", "record.db")))
	time.Sleep(later)
	b.open()
	b.resight()
	b.run(5 * time.Hour)

	ready := map[string]int{}
	for _, a := range b.box.Assets() {
		if a.Status != sandbox.Ready {
			continue
		}
		ready[a.SHA256]++
		if len(a.Nodes) != 1 {
			t.Errorf("%s is on the canvas %d times", files[a.SHA256], len(a.Nodes))
		}
	}
	for sum, name := range files {
		if ready[sum] != 1 {
			t.Errorf("%s is ready %d times", name, ready[sum])
		}
		_, here := os.Stat(b.path(name))
		_, there := os.Stat(filepath.Join(b.root.MoveTo, name))
		if moved := after == uploader.Move; (here == nil) == moved || (there == nil) != moved {
			t.Errorf("%s: at its place %v, moved %v", name, here, there)
		}
	}
	if len(ready) != len(files) {
		t.Errorf("%d contents are ready, want %d", len(ready), len(files))
	}
	b.lawful()
}

// TestRecordRebuiltAfterFilesMoved is what docs/guarantees.md cannot promise: a key has path and stamps in it, so that a file which was renamed, or whose rights
// were changed, between its upload and the loss of the record is a new file to the next record. Nothing becomes ready more than twice by that.
func TestRecordRebuiltAfterFilesMoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{})
		defer b.stop()
		for i, name := range []string{"still.png", "rights.png", "renamed.png"} {
			b.write(name, png, 9000+i)
		}
		b.run(time.Minute)
		b.must(os.Chmod(b.path("rights.png"), 0o600))
		b.must(os.Rename(b.path("renamed.png"), b.path("elsewhere.png")))
		b.queue.Close()
		b.must(os.Remove(filepath.Join(b.dir, "state", "record.db")))
		b.open()
		b.resight()
		b.run(time.Hour)
		want := map[string]int{"still.png": 1, "rights.png": 2, "elsewhere.png": 2}
		b.eachFile(func(name, sum string) {
			n := 0
			for _, a := range b.box.Assets() {
				if a.Status == sandbox.Ready && a.SHA256 == sum {
					n++
				}
			}
			if n != want[name] {
				t.Errorf("%s is ready %d times; docs/guarantees.md says %d", name, n, want[name])
			}
		})
		b.lawful()
	})
}

// TestRecordLostAndRebuilt: an empty record on the same folder within two hours makes no second ready asset, at whatever moment the first was lost.
func TestRecordLostAndRebuilt(t *testing.T) {
	for name, o := range map[string]sandbox.Options{
		"Plain":       {},
		"Processing":  {Process: 3 * time.Minute},
		"NullSize":    {NullSize: true},
		"Replay":      {Replay: true},
		"ReplaySlow":  {Replay: true, Process: 3 * time.Minute},
		"ImageKit":    {Storage: sandbox.ImageKit},
		"SmallPages":  {PageSize: 1, OldRow: true, OldestFirst: true, Milliseconds: true},
		"LostAnswers": {Faults: "lost=0.2,storage_lost=0.2", Seed: 5},
	} {
		for _, life := range []time.Duration{3 * time.Second, 400 * time.Millisecond, 900 * time.Millisecond, time.Hour} {
			t.Run(name+"/"+life.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := newBench(t, o)
					defer b.stop()
					faults := "latency=150ms"
					if o.Faults != "" {
						faults += "," + o.Faults
					}
					b.must(b.box.SetFaults(faults))
					for _, name := range []string{"1.png", "2.png", "x/1.png", "x/2.png", "5.png"} {
						b.write(name, png, 20_000)
					}
					b.kill(life)
					b.queue.Close()
					b.must(os.Remove(filepath.Join(b.dir, "state", "record.db")))
					time.Sleep(time.Minute)
					b.open()
					for _, name := range []string{"1.png", "2.png", "x/1.png", "x/2.png", "5.png"} {
						b.sight(name)
					}
					b.run(4 * time.Hour)
					b.promises()
				})
			})
		}
	}
}
