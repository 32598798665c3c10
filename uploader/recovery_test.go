package uploader_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
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

// listing edits what the n-th list of assets shows, from 1; of a project's assets when project says so, else of a workspace's.
func listing(project bool, edit func(n int, rows []any) []any) func(http.Handler) http.Handler {
	n := 0
	return func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/assets") || r.URL.Query().Has("project_id") != project {
				h.ServeHTTP(w, r)
				return
			}
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			var page map[string]any
			if err := json.Unmarshal(rec.Body.Bytes(), &page); err == nil && rec.Code == http.StatusOK {
				n++
				page["assets"] = edit(n, page["assets"].([]any))
			}
			w.Header().Set("Content-Type", jsonType)
			w.WriteHeader(rec.Code)
			body, _ := json.Marshal(page) // as it was read
			_, _ = w.Write(body)          // the client may be gone
		})
	}
}

// but leaves out the rows of these names.
func but(rows []any, names ...string) (rest []any) {
	rest = []any{}
	for _, row := range rows {
		hidden := false
		for _, name := range names {
			hidden = hidden || row.(map[string]any)["name"] == name
		}
		if !hidden {
			rest = append(rest, row)
		}
	}
	return rest
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
				s.set(func(call sandbox.Call) sandbox.Fault {
					if call.Op == sandbox.OpCreate && call.Attempt == 1 {
						return sandbox.Fault{Lost: true}
					}
					return sandbox.Fault{}
				})
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

// TestListIsTakenUntilTwoPassesAgree: rows of a list can be missed while others come in front of them. What stands in none of the first two passes is found.
func TestListIsTakenUntilTwoPassesAgree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTampered(t, sandbox.Options{}, listing(false, func(n int, rows []any) []any {
			switch n {
			case 1:
				return but(rows, "1.png")
			case 2:
				return but(rows, "1.png", "2.png")
			}
			return rows
		}))
		defer b.stop()
		b.write("1.png", png, 1000)
		b.write("2.png", png, 2000)
		b.run(time.Minute)
		b.loseRecord()
		ids := []state.ID{b.sight("1.png"), b.sight("2.png")}
		b.run(time.Hour)
		b.done(ids)
		b.promises()
	})
}

// TestCanvasIsListedTwice: the same for a project's list, after an attach request whose answer was lost and whose key is forgotten.
func TestCanvasIsListedTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looked := 0
		b := newTampered(t, sandbox.Options{Fault: onto(sandbox.OpAttach, 1, sandbox.Fault{Lost: true})}, listing(true, func(n int, rows []any) []any {
			if looked = n; n == 1 {
				return but(rows, "bad.png")
			}
			return rows
		}))
		defer b.stop()
		b.root.Route.Project = "prj_a"
		id := b.write("bad.png", png, badSize)
		b.kill(time.Millisecond)
		if it := b.item(id); it.Phase != state.Ready || b.nodes() != 1 {
			t.Fatalf("it stands at %v, %d nodes: this tests nothing", it.Phase, b.nodes())
		}
		time.Sleep(3 * time.Hour)
		b.run(time.Hour)
		b.done([]state.ID{id})
		if n := b.nodes(); n != 1 || looked < 2 {
			t.Errorf("%d nodes for one file, after %d looks", n, looked)
		}
		b.promises()
	})
}

// TestCandidateWithoutACreationTime: an asset that does not say when it was made may be an earlier record's.
func TestCandidateWithoutACreationTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTampered(t, sandbox.Options{}, listing(false, func(_ int, rows []any) []any {
			for _, row := range rows {
				row.(map[string]any)["created_at"] = nil
			}
			return rows
		}))
		defer b.stop()
		b.write("a.png", png, 1000)
		b.run(time.Minute)
		b.loseRecord()
		id := b.sight("a.png")
		b.run(time.Hour)
		b.done([]state.ID{id})
		b.promises()
	})
}

// downloading answers whoever reads the bytes of an asset back.
func downloading(status int, text string) func(http.Handler) http.Handler {
	return answering(0, func(r *http.Request, _ string) bool {
		return r.Method == http.MethodGet && !strings.Contains(r.URL.Path, "/api/")
	}, status, "image/png", text)
}

// TestCandidateThatCannotBeRead: an asset that may be the file, and whose bytes are never to be had, is for somebody to look at: nothing is uploaded beside it.
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
