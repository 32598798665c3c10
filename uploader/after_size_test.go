package uploader_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader"
)

// TestAfterOfAReadyAssetOfAnotherSize: FLORA says ready, and another size than was sent: at once, when it has finished, or only when the file is to be filed away, after
// no size at all. Nobody moves or deletes what may be the only good copy.
func TestAfterOfAReadyAssetOfAnotherSize(t *testing.T) {
	ambiguous := wantRow{halt: state.Failed, reason: state.Ambiguous, class: state.Lasting, message: "is ready with 17 bytes, 3000 were sent"}
	atOnce, finished := ambiguous, ambiguous
	atOnce.phase, finished.phase = state.Uploaded, state.Completed
	for _, after := range []uploader.After{uploader.Move, uploader.Delete} {
		for name, c := range map[string]struct {
			process time.Duration
			null    bool // the completion and the first look after it tell no size
			want    wantRow
		}{
			"AtOnce":            {0, false, atOnce},
			"WhenItIsFinished":  {time.Minute, false, finished},
			"WhenItIsFiledAway": {0, true, ends},
		} {
			t.Run(after.String()+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var completed atomic.Bool
					var looks atomic.Int64 // since the completion
					other := altering(anyRequest, `"size_bytes": ?\d+`, `"size_bytes":17`)
					none := altering(anyRequest, `"size_bytes": ?\d+`, `"size_bytes":null`)
					b := newTampered(t, sandbox.Options{Process: c.process}, func(h http.Handler) http.Handler {
						other, none := other(h), none(h)
						return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
							if strings.HasSuffix(r.URL.Path, "/complete") {
								completed.Store(true)
							} else if completed.Load() && r.Method == http.MethodGet {
								looks.Add(1)
							}
							if c.null && looks.Load() <= 1 {
								none.ServeHTTP(w, r)
								return
							}
							other.ServeHTTP(w, r)
						})
					})
					defer b.stop()
					b.root.After, b.root.MoveTo = after, filepath.Join(b.dir, "done")
					b.must(os.Mkdir(b.root.MoveTo, 0o755))
					id := b.write("a.png", png, 3000)
					b.run(time.Hour)
					b.stands(id, c.want)
					if _, err := os.Stat(b.path("a.png")); err != nil {
						t.Errorf("the file: %v", err)
					}
					if it := b.item(id); it.Away == state.AwayMoved || it.Away == state.AwayDeleted {
						t.Errorf("filed away: %v", it.Away)
					}
					if n := len(b.box.Assets()); n != 1 {
						t.Errorf("%d assets for one file", n)
					}
					b.lawful()
				})
			})
		}
	}
}
