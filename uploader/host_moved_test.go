package uploader_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// TestStorageMovesToAnotherHost: the upload host is down, and FLORA names another one from then on: what was down is nobody's any more, and nothing is held to be.
func TestStorageMovesToAnotherHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var moved atomic.Bool
		b := newMoving(t, &moved)
		defer b.stop()
		ids := b.many("some", 30)
		b.life(func(claim, _ context.CancelFunc) {
			time.Sleep(5 * time.Minute)
			b.wantBlocked(state.StorageIsDown)
			moved.Store(true)
			time.Sleep(time.Hour)
			b.done(ids)
			b.wantBlocked()
			claim()
		})
		b.promises()
	})
}

// TestStorageMovesWhileItsFilesGo: the files whose forms name the host that is down are deleted, or replaced, before FLORA names another one: nobody is left to try it.
func TestStorageMovesWhileItsFilesGo(t *testing.T) {
	for name, end := range map[string]func(*bench, string){
		"Deleted": func(b *bench, name string) {
			b.must(os.Remove(b.path(name)))
			b.look(state.Path(name))
		},
		"Replaced":  func(b *bench, name string) { b.anew(name) },
		"Forgotten": func(b *bench, name string) { b.must(b.queue.Forget(b.t.Context(), b.sight(name), false)) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var moved atomic.Bool
				b := newMoving(t, &moved)
				defer b.stop()
				ids := b.many("some", 12)
				b.life(func(claim, _ context.CancelFunc) {
					time.Sleep(5 * time.Minute)
					b.wantBlocked(state.StorageIsDown)
					var ended []state.ID
					for i, id := range ids {
						if b.item(id).Phase != state.Reserved {
							continue
						}
						for b.queue.Claimed(id) { // it is the one that tries
							time.Sleep(time.Second)
						}
						ended = append(ended, id)
						end(b, fmt.Sprintf("some/%03d.png", i))
					}
					if len(ended) == 0 {
						t.Fatal("no row had a form: this tests nothing")
					}
					if _, err := b.queue.ScanDone(t.Context(), "inbox", time.Now().Add(time.Second)); err != nil {
						t.Error(err)
					}
					moved.Store(true)
					more := b.many("more", 3)
					time.Sleep(time.Hour)
					b.done(more)
					b.wantBlocked()
					claim()
				})
				for _, id := range ids {
					if what := b.live.Load().Remembered(id); len(what) > 0 {
						t.Errorf("of %v, which ended, %q is remembered", id, what)
					}
				}
				b.lawful()
			})
		})
	}
}

// newMoving is a bench with an upload host that is down, and another one that forms name once it moved.
func newMoving(t *testing.T, moved *atomic.Bool) *bench {
	t.Helper()
	b := newTampered(t, sandbox.Options{}, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !moved.Load() || strings.HasPrefix(r.Host, "storage") {
				h.ServeHTTP(w, r)
				return
			}
			answer := httptest.NewRecorder()
			h.ServeHTTP(answer, r)
			for k, v := range answer.Header() {
				if k != "Content-Length" {
					w.Header()[k] = v
				}
			}
			w.WriteHeader(answer.Code)
			w.Write(bytes.ReplaceAll(answer.Body.Bytes(), []byte("storage.localhost"), []byte("storage2.localhost")))
		})
	})
	b.net.setFail(func(address string) error {
		if strings.HasPrefix(address, "storage.") {
			return refused(address)
		}
		return nil
	})
	return b
}

// anew puts another file in the place of one, and has the watcher see it.
func (b *bench) anew(name string) state.ID {
	b.t.Helper()
	other := b.path(name) + ".new"
	b.must(os.WriteFile(other, []byte(png+name+" anew"), 0o644))
	b.must(os.Rename(other, b.path(name)))
	return b.sight(name)
}
