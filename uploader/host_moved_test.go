package uploader_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
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
		defer b.stop()
		b.net.setFail(func(address string) error {
			if strings.HasPrefix(address, "storage.") {
				return refused(address)
			}
			return nil
		})
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
