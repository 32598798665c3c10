package uploader_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// The tests of this file lose the record of a file that is ready, and look at what the next record takes for it.

// loseRecord begins a new record.
func (b *bench) loseRecord() {
	b.t.Helper()
	b.queue.Close()
	b.must(os.Remove(filepath.Join(b.dir, "state", "record.db")))
	time.Sleep(time.Minute)
	b.open()
}

// copied writes a file with the bytes of another one and enqueues it.
func (b *bench) copied(from, to string) state.ID {
	b.t.Helper()
	content, err := os.ReadFile(b.path(from))
	b.must(err)
	b.must(os.MkdirAll(filepath.Dir(b.path(to)), 0o755))
	b.must(os.WriteFile(b.path(to), content, 0o644))
	return b.sight(to)
}

// ready counts the assets that are ready.
func (b *bench) ready() (n int) {
	for _, a := range b.box.Assets() {
		if a.Status == sandbox.Ready {
			n++
		}
	}
	return n
}

// TestOwnLostAnswerAfterADay: within 26 hours of the record's birth a key that is taken may be an earlier record's, and the list is looked through for the file. Later it
// is always our own lost answer: the same content at another place is another file, and nothing is asked.
func TestOwnLostAnswerAfterADay(t *testing.T) {
	for name, c := range map[string]struct {
		age    time.Duration
		assets int
	}{"Within": {25 * time.Hour, 1}, "Later": {26*time.Hour + 10*time.Minute, 2}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &switched{}
				b := newBench(t, sandbox.Options{Fault: s.Fault})
				defer b.stop()
				b.write("bad.png", png, badSize)
				b.run(time.Minute)
				b.loseRecord()
				b.must(b.queue.SetBirth(t.Context(), time.Now()))
				time.Sleep(c.age)
				s.set(onto(sandbox.OpCreate, 1, sandbox.Fault{Lost: true}))
				id := b.copied("bad.png", "copy/bad.png")
				b.run(time.Minute)
				b.done([]state.ID{id})
				if n := b.ready(); n != c.assets {
					t.Errorf("%d ready assets, want %d", n, c.assets)
				}
				if n := s.calls[sandbox.OpList]; (n > 0) != (c.assets == 1) {
					t.Errorf("the list was asked for %d times", n)
				}
				b.lawful()
			})
		})
	}
}

// TestCandidateWithOtherBytes: what an earlier record made of another file with this name and size is not this one.
func TestCandidateWithOtherBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &switched{}
		b := newBench(t, sandbox.Options{Fault: s.Fault})
		defer b.stop()
		b.write("other/bad.png", png, badSize)
		b.run(time.Minute)
		b.loseRecord()
		s.set(onto(sandbox.OpCreate, 1, sandbox.Fault{Lost: true}))
		id := b.write("bad.png", png, badSize)
		b.run(time.Hour)
		b.done([]state.ID{id})
		if s.calls[sandbox.OpList] == 0 {
			t.Error("nobody looked for an earlier asset: this tests nothing")
		}
		b.promises()
	})
}

// downloading answers whoever reads the bytes of an asset back.
func downloading(status int, text string) func(http.Handler) http.Handler {
	return answering(0, func(r *http.Request, _ string) bool {
		return r.Method == http.MethodGet && !strings.Contains(r.URL.Path, "/api/")
	}, status, "image/png", text)
}

// TestCandidateThatCannotBeReadNow: while the storage is away nothing is decided: the asset is read when it is back, and is the file.
func TestCandidateThatCannotBeReadNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := answering(4, func(r *http.Request, _ string) bool {
			return r.Method == http.MethodGet && !strings.Contains(r.URL.Path, "/api/")
		}, http.StatusServiceUnavailable, "text/plain", "")
		b := newTampered(t, sandbox.Options{}, away)
		defer b.stop()
		b.write("a.png", png, 1000)
		b.run(time.Minute)
		b.loseRecord()
		id := b.sight("a.png")
		b.run(time.Hour)
		b.done([]state.ID{id})
		if n := len(b.box.Assets()); n != 1 {
			t.Errorf("%d assets for one file", n)
		}
		b.promises()
	})
}

// TestCandidateThatCannotBeRead: an asset that may be the file, and whose bytes are never to be had, is for somebody to look at: nothing is uploaded beside it,
// but when they have the row tried again, whose word is that it is another file's.
func TestCandidateThatCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTampered(t, sandbox.Options{}, downloading(http.StatusNotFound, ""))
		defer b.stop()
		b.write("a.png", png, 1000)
		b.run(time.Minute)
		b.loseRecord()
		id := b.sight("a.png")
		b.run(time.Hour)
		b.ambiguous(id)
		b.reopen(id)
		b.run(time.Hour)
		b.done([]state.ID{id})
		if assets := b.box.Assets(); len(assets) != 2 || b.item(id).Generation != 1 {
			t.Errorf("%d assets, generation %d; want the one that was there, and its own", len(assets), b.item(id).Generation)
		}
		b.lawful()
	})
}

// ambiguous checks that a row is for an operator to decide, names the only asset there is, and did not give it up.
func (b *bench) ambiguous(id state.ID) {
	b.t.Helper()
	assets := b.box.Assets()
	if len(assets) != 1 {
		b.t.Fatalf("%d assets, want the one that was there", len(assets))
	}
	it := b.item(id)
	if it.Halt != state.Failed || it.Reason != state.Ambiguous || it.Generation != 0 || it.Fault == nil || !strings.Contains(it.Fault.Message, assets[0].ID) {
		b.t.Errorf("it stands at %v %v %s, generation %d, %v; want ambiguous, with %s", it.Phase, it.Halt, it.Reason, it.Generation, it.Fault, assets[0].ID)
	}
	b.lawful()
}

// TestGivenAssetWithOtherBytes: a life that the backup does not know of finished the asset of a reserved row. Its form is refused, it is ready, and its bytes are not the
// file's: nobody can tell by itself what became of the file.
func TestGivenAssetWithOtherBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTampered(t, sandbox.Options{Fault: onto(sandbox.OpPost, 1, sandbox.Fault{Latency: 10 * time.Second})},
			downloading(http.StatusOK, strings.Repeat("x", badSize)))
		defer b.stop()
		id := b.write("bad.png", png, badSize)
		b.kill(5 * time.Second)
		b.lifeUnknown(id, func() { b.kill(3 * time.Second) })
		b.run(time.Hour)
		b.ambiguous(id)
	})
}

// lifeUnknown plays a life that the record knows nothing of: it is a restored backup from before that.
func (b *bench) lifeUnknown(id state.ID, life func()) {
	b.t.Helper()
	if it := b.item(id); it.Phase != state.Reserved {
		b.t.Fatalf("it stands at %v: this tests nothing", it.Phase)
	}
	var backup bytes.Buffer
	b.must(b.queue.Backup(b.t.Context(), &backup))
	life()
	b.queue.Close()
	b.must(os.WriteFile(filepath.Join(b.dir, "state", "record.db"), backup.Bytes(), 0o600))
	b.open()
	b.must(b.queue.MarkRestored(b.t.Context()))
}
