package uploader_test

import (
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

// TestAnEarlierAssetHasFailed: the record is lost, and the asset that was listed as ready has failed when it is looked at: a new one is reserved, and what the record
// says of the first has a time.
func TestAnEarlierAssetHasFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var first string
		b := newTampered(t, sandbox.Options{}, altering(func(r *http.Request) bool {
			return first != "" && r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/"+first)
		}, `"status":\s*"ready"`, `"status":"failed"`))
		defer b.stop()
		id := b.write("a.png", png, 4000)
		b.run(time.Minute)
		first = b.item(id).AssetID
		b.queue.Close()
		b.must(os.Remove(filepath.Join(b.dir, "state", "record.db")))
		b.open()
		id = b.sight("a.png")
		began := time.Now()
		b.run(time.Hour)
		if it := b.item(id); it.Phase != state.Done || it.AssetID == first {
			t.Errorf("it stands at %v, with %s", it.Phase, it.AssetID)
		}
		gaveUp := 0
		for _, a := range b.seen.transitions() {
			if a.Change.Outcome.Kind() != state.KindGaveUp {
				continue
			}
			gaveUp++
			if f := a.Change.Outcome.Fault(); f.At.Before(began) || f.RequestID == "" {
				t.Errorf("at %v, request %q: %s", f.At, f.RequestID, f.Message)
			}
		}
		if gaveUp != 1 {
			t.Errorf("%d assets were given up, want 1", gaveUp)
		}
		b.lawful()
	})
}
