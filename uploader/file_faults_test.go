package uploader_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// watch plays the watcher: when the uploader asks it to look, it tells the record what stands at the path.
func (b *bench) watch() {
	b.options.Look = func(_ string, p state.Path) { b.looks.Go(func() { b.look(p) }) }
}

// look sights what stands at a path, as the watcher does.
func (b *bench) look(p state.Path) {
	a := queue.Arrival{Sighting: state.Sighting{Root: "inbox", Path: p, At: time.Now()}}
	if e, err := b.root.Source.Stat(p); err == nil && e.Kind == source.Regular { // a directory or a link is no file
		a.Print = e.Print
	} else {
		a.Gone = true
	}
	if _, err := b.queue.Sight(b.t.Context(), []queue.Arrival{a}); err != nil {
		b.t.Error(err)
	}
}

func (b *bench) path(name string) string { return filepath.Join(b.root.Source.Path(), name) }

// must stops the test when the file system refuses.
func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Error(err)
	}
}

// rewrite writes other bytes of a size into the file that stands there, and puts its mtime back when asked.
func (b *bench) rewrite(name string, size int, restore bool) {
	b.t.Helper()
	before, err := os.Stat(b.path(name))
	b.must(err)
	f, err := os.OpenFile(b.path(name), os.O_WRONLY, 0)
	b.must(err)
	b.must(f.Truncate(int64(size)))
	_, err = f.WriteAt([]byte(png+time.Now().String()), 0)
	b.must(err)
	b.must(f.Close())
	when := time.Now().Add(time.Hour)
	if restore {
		when = before.ModTime()
	}
	b.must(os.Chtimes(b.path(name), when, when))
}

// changes are what can befall a file.
var changes = map[string]struct {
	do    func(b *bench)
	want  wantRow // of the first row, when it happens before or during the send
	other bool    // once the file is open, it does not matter: it stays the file it was
}{
	"Gone":                   {func(b *bench) { b.must(os.Remove(b.path("bad.png"))) }, wantRow{}, true},
	"Grown":                  {func(b *bench) { b.rewrite("bad.png", badSize+500, false) }, skipped, false},
	"Shrunk":                 {func(b *bench) { b.rewrite("bad.png", badSize-500, false) }, skipped, false},
	"Changed":                {func(b *bench) { b.rewrite("bad.png", badSize, false) }, skipped, false},
	"RewrittenMTimeRestored": {func(b *bench) { b.rewrite("bad.png", badSize, true) }, wantRow{}, false},
	"Chmod":                  {func(b *bench) { b.must(os.Chmod(b.path("bad.png"), 0o600)) }, ends, true},
	"Replaced": {func(b *bench) {
		b.must(os.Remove(b.path("bad.png")))
		b.must(os.WriteFile(b.path("bad.png"), []byte(png+"new"), 0o644))
	}, skipped, true},
	"BecameADirectory": {func(b *bench) { b.must(os.Remove(b.path("bad.png"))); b.must(os.Mkdir(b.path("bad.png"), 0o755)) }, skipped, true},
	"Renamed": {func(b *bench) {
		b.must(os.Rename(b.path("bad.png"), b.path("moved.png")))
		b.sightMove("bad.png", "moved.png")
	}, ends, false},
}

var skipped = wantRow{halt: state.Skipped, reason: state.Changed, class: state.Lasting}

func (b *bench) sightMove(from, to string) {
	e, err := b.root.Source.Stat(state.Path(to))
	b.must(err)
	_, err = b.queue.Sight(b.t.Context(), []queue.Arrival{
		{Sighting: state.Sighting{Root: "inbox", Path: state.Path(from), Gone: true, At: time.Now()}},
		{Sighting: state.Sighting{Root: "inbox", Path: state.Path(to), Print: e.Print, At: time.Now()}}})
	b.must(err)
}

// TestFileChanges: whatever befalls a file before, during and after its send, no bytes of two versions become one asset, what stands there in the end
// is ready once, and the other files do not notice.
func TestFileChanges(t *testing.T) {
	for when, op := range map[string]sandbox.Op{"Before": "", "Reserved": sandbox.OpCreate, "Sent": sandbox.OpPost, "Completed": sandbox.OpComplete} {
		for name, c := range changes {
			t.Run(when+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var b *bench
					b = newBench(t, sandbox.Options{Fault: func(call sandbox.Call) sandbox.Fault {
						if call.Op == op && call.Name == "bad.png" && call.Attempt == 1 {
							return sandbox.Fault{Then: func() { c.do(b) }}
						}
						return sandbox.Fault{}
					}})
					defer b.stop()
					b.watch()
					bad := b.write("bad.png", png, badSize)
					others := b.many("others", 3)
					if op == "" {
						c.do(b)
					}
					b.life(func(claim, _ context.CancelFunc) {
						time.Sleep(time.Second)
						b.done(others)
						time.Sleep(30 * time.Second)
						b.looks.Wait()
						b.resight()
						time.Sleep(time.Minute)
						claim()
					})
					it, err := b.queue.Get(t.Context(), bad)
					switch {
					case err != nil:
						t.Fatal(err)
					case op == sandbox.OpComplete || op != "" && c.other:
						if it.Phase != state.Done || it.Halt != state.None {
							t.Errorf("once proven, the file does not matter: %v %v %v", it.Phase, it.Halt, it.Fault)
						}
					case name == "RewrittenMTimeRestored": // before it was sent it is this version; during the send it is another
						if op == sandbox.OpPost && it.Halt != state.Skipped || op != sandbox.OpPost && it.Halt != state.None {
							t.Errorf("got %v %v %q", it.Phase, it.Halt, it.Reason)
						}
					case c.want.halt != it.Halt || c.want.reason != it.Reason || c.want.phase == state.Done && it.Phase != state.Done:
						t.Errorf("got %v %v %q, want %+v", it.Phase, it.Halt, it.Reason, c.want)
					}
					b.contents()
					b.lawful()
				})
			})
		}
	}
}

// resight is a scan.
func (b *bench) resight() {
	names, err := filepath.Glob(b.path("*.png"))
	b.must(err)
	for _, name := range names {
		b.sight(filepath.Base(name))
	}
}

// contents checks that what stands in the inbox is ready once each, and that every asset has the bytes of one file of some moment.
func (b *bench) contents() {
	b.t.Helper()
	b.eachFile(func(name, sum string) {
		n := 0
		for _, a := range b.box.Assets() {
			if a.Status == sandbox.Ready && a.SHA256 == sum {
				n++
			}
		}
		known, err := b.queue.Known(b.t.Context(), "inbox", state.Path(name).Dir(), "", 1000)
		b.must(err)
		for _, k := range known {
			if k.Name == filepath.Base(name) && n != 1 {
				b.t.Errorf("%s is ready %d times", name, n)
			}
		}
	})
}

// TestWriterDuringTheSend: the row waits for the writer to go; what it left unchanged is proven, what it changed is another version, also when the file was
// renamed meanwhile.
func TestWriterDuringTheSend(t *testing.T) {
	for name, c := range map[string]struct{ change, rename bool }{
		"LeavesItAsItWas": {}, "Writes": {change: true}, "Renames": {rename: true}, "RenamesAndWrites": {true, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var b *bench
				var writer *os.File
				b = newBench(t, sandbox.Options{Fault: func(call sandbox.Call) sandbox.Fault {
					if call.Op != sandbox.OpPost || call.Name != "bad.png" || call.Attempt > 1 {
						return sandbox.Fault{}
					}
					return sandbox.Fault{Then: func() {
						var err error
						writer, err = os.OpenFile(b.path("bad.png"), os.O_WRONLY, 0)
						b.must(err)
					}}
				}})
				defer b.stop()
				b.watch()
				bad := b.write("bad.png", png, badSize)
				others := b.many("others", 6)
				b.life(func(claim, _ context.CancelFunc) {
					time.Sleep(20 * time.Second)
					b.done(others)
					if it := b.item(bad); it.Phase != state.Reserved {
						t.Errorf("with a writer at the file the row stands at %v", it.Phase)
					}
					if c.rename {
						changes["Renamed"].do(b)
					}
					if c.change {
						_, err := writer.WriteAt([]byte("other"), 100)
						b.must(err)
						when := time.Now().Add(time.Hour)
						b.must(os.Chtimes(fmt.Sprintf("/proc/self/fd/%d", writer.Fd()), when, when))
					}
					time.Sleep(time.Second) // it is looked at while the writer is still there
					b.must(writer.Close())
					time.Sleep(20 * time.Second)
					claim()
				})
				if c.change {
					b.stands(bad, wantRow{halt: state.Skipped, phase: state.Reserved, reason: state.Changed, class: state.Lasting})
				} else {
					b.stands(bad, ends)
				}
				b.contents()
				b.lawful()
			})
		})
	}
}
