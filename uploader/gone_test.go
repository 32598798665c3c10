package uploader_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// hidden has FLORA know no asset, or show no workspace, for a while; the probe goes on to be answered.
type hidden struct {
	mu             sync.Mutex
	assets, listed time.Time // until when
	only           string    // of the assets, if not all
}

func (h *hidden) hide(assets, list time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.assets, h.listed = time.Now().Add(assets), time.Now().Add(list)
}

func (h *hidden) tamper(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		now := time.Now()
		asset := strings.Contains(r.URL.Path, "/assets/asset_") && !strings.HasSuffix(r.URL.Path, "0000") && strings.Contains(r.URL.Path, h.only) && now.Before(h.assets)
		list := r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/assets") && now.Before(h.listed)
		h.mu.Unlock()
		status, text := http.StatusNotFound, apiError("not_found", "Asset not found.")
		switch {
		case list:
			status, text = http.StatusForbidden, apiError("forbidden", "Not this workspace.")
		case !asset:
			next.ServeHTTP(w, r)
			return
		}
		drain(r)
		w.Header().Set("Content-Type", jsonType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text)) // the client may be gone
	})
}

// TestGoneCountsAfterTenMinutes: an asset that FLORA was told to process is not found. That counts when it was missing for ten minutes, at every look, and only while the
// workspace can be listed with the same key.
func TestGoneCountsAfterTenMinutes(t *testing.T) {
	missing := failsAt(state.Completed, state.NotFound, "does not know the asset")
	for name, c := range map[string]struct {
		assets, list time.Duration // hidden for so long
		after        time.Duration // when it is looked at
		want         wantRow
	}{
		"Back":                   {9*time.Minute + 50*time.Second, 0, time.Hour, ends},
		"BackWhileItIsNotListed": {13 * time.Minute, 5 * time.Minute, time.Hour, ends},
		"Gone":                   {time.Hour, 0, 15 * time.Minute, missing},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := &hidden{}
				b := newTampered(t, sandbox.Options{Process: 20 * time.Second}, h.tamper)
				defer b.stop()
				id := b.write("a.png", png, 1000)
				b.kill(5 * time.Second)
				if it := b.item(id); it.Phase != state.Completed {
					t.Fatalf("it stands at %v: this tests nothing", it.Phase)
				}
				h.hide(c.assets, c.list)
				b.run(c.after)
				b.stands(id, c.want)
				if n := len(b.box.Assets()); n != 1 {
					t.Errorf("%d assets for one file", n)
				}
				b.lawful()
			})
		})
	}
}

// TestGoneWhileReserved: an asset that was never completed and is not there, in a workspace that can be listed, can never become ready: the file is reserved anew, at
// once. While the workspace cannot be listed the 404 says nothing.
func TestGoneWhileReserved(t *testing.T) {
	for name, list := range map[string]time.Duration{"Listed": 0, "NotListedForAWhile": time.Minute} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := &hidden{}
				b := newTampered(t, sandbox.Options{Fault: onto(sandbox.OpPost, 1, sandbox.Fault{Latency: 10 * time.Second})}, h.tamper)
				defer b.stop()
				id := b.write("bad.png", png, badSize)
				b.kill(5 * time.Second)
				it := b.item(id)
				if it.Phase != state.Reserved {
					t.Fatalf("it stands at %v: this tests nothing", it.Phase)
				}
				h.only = it.AssetID
				h.hide(time.Hour, list)
				if list > 0 {
					b.kill(list - time.Second)
					if it := b.item(id); it.Phase != state.Reserved || it.Generation != 0 || it.Halt != state.None {
						t.Errorf("before the workspace can be listed: %v %v, generation %d", it.Phase, it.Halt, it.Generation)
					}
				}
				b.run(2 * time.Minute)
				if it := b.item(id); it.Phase != state.Done || it.Generation != 1 {
					t.Errorf("it stands at %v %v, generation %d: %v", it.Phase, it.Halt, it.Generation, it.Fault)
				}
				b.promises()
			})
		})
	}
}
