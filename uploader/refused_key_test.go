package uploader_test

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader"
)

// TestRefusedKeyIsOneKeys: FLORA refuses one of two keys, the probe's request among them. Its rows wait and lose nothing, and the other key's go on: those that wait
// already, and those that come later.
func TestRefusedKeyIsOneKeys(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		code   string
	}{"Unauthorized": {http.StatusUnauthorized, "invalid_api_key"}, "Forbidden": {http.StatusForbidden, "forbidden"}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				other := "sk_other"
				var refused atomic.Bool
				var asked atomic.Int64
				refused.Store(true)
				b := twoWorkspaces(t, sandbox.Options{OtherKeys: []string{other}}, func(h http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if r.Header.Get("Authorization") != "Bearer "+other || !refused.Load() {
							h.ServeHTTP(w, r)
							return
						}
						asked.Add(1)
						drain(r)
						w.Header().Set("Content-Type", jsonType)
						w.WriteHeader(c.status)
						fmt.Fprint(w, apiError(c.code, "Not with this key."))
					})
				})
				defer b.stop()
				b.otherKey.Store(&other)
				b.other = func(*uploader.Account) {}
				held, early := b.byHands(6), b.many("early", 6)
				b.life(func(claim, _ context.CancelFunc) {
					time.Sleep(10 * time.Second)
					b.done(early)
					late := b.many("late", 6)
					time.Sleep(10 * time.Second)
					b.done(late)
					time.Sleep(time.Hour)
					b.wait(held)
					b.wantBlocked()
					if got := b.live.Load().Status(b.hand.Account).Blocked; len(got) != 1 || got[0].Reason != state.KeyRefused {
						t.Errorf("the other key: %+v", got)
					}
					if n := asked.Load(); n > 25 { // six reservations, a probe after 30 s, 1, 2, 4, 8 min, then every 10 min
						t.Errorf("%d requests with a key that is refused", n)
					}
					refused.Store(false)
					time.Sleep(11 * time.Minute)
					b.done(held)
					b.unspoiled(append(append(held, early...), late...))
					claim()
				})
				if n := b.seen.events(state.APISuspended); n != 1 {
					t.Errorf("told %d times", n)
				}
				b.lawful()
			})
		})
	}
}
