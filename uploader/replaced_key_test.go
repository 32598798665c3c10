package uploader_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader"
)

// replace gives the roots another account, as a reload does when they name another key.
func (b *bench) replace(key string) (old *uploader.Account) {
	synctest.Wait() // nobody reads the roots now
	old = b.root.Account
	next := uploader.NewAccount("next", old.Client.WithKey(func() (string, error) { return key, nil }))
	b.root.Account, b.hand.Account = next, next
	old.Retire()
	b.live.Load().Wake()
	return old
}

// TestAnOutageEndsWithAnotherKey: the key that met an outage is replaced while it lasts, and taken away. Whether FLORA is back is asked with the one in use, and nothing is
// suspended for a key that nobody uses.
func TestAnOutageEndsWithAnotherKey(t *testing.T) {
	for name, waiting := range map[string]bool{"FilesWait": true, "NothingWaits": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var old atomic.Int64
				b := newTampered(t, sandbox.Options{}, func(h http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if r.Header.Get("Authorization") == "Bearer "+sandbox.DefaultKey {
							old.Add(1)
						}
						h.ServeHTTP(w, r)
					})
				})
				defer b.stop()
				b.life(func(claim, _ context.CancelFunc) {
					b.net.setFail(refused)
					ids := b.many("some", 3)
					time.Sleep(5 * time.Minute)
					b.wantBlocked(state.APIDown)
					if !waiting {
						for _, id := range ids {
							b.must(b.queue.Forget(t.Context(), id, true))
						}
					}
					b.box.SetKey("sk_next")
					b.replace("sk_next")
					b.net.setFail(nil)
					time.Sleep(10 * time.Minute)
					b.wantBlocked()
					if waiting {
						b.done(ids)
					}
					if n := old.Load(); n > 1 || waiting && n > 0 {
						t.Errorf("%d requests with a key that nobody uses any more", n)
					}
					if n := b.seen.events(state.APISuspended); n > 0 {
						t.Errorf("suspended %d times for a key that nobody uses any more", n)
					}
					claim()
				})
				b.lawful()
			})
		})
	}
}

// TestAReplacedKeyIsNotSuspended: whatever was suspended for a key goes on when no root has it any more, and is said to.
func TestAReplacedKeyIsNotSuspended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{})
		defer b.stop()
		b.box.SetKey("sk_next")
		ids := b.many("some", 3)
		b.life(func(claim, _ context.CancelFunc) {
			time.Sleep(time.Hour)
			b.wantBlocked(state.KeyRefused)
			old := b.replace("sk_next")
			time.Sleep(time.Minute)
			b.done(ids)
			if suspended, resumed := b.seen.events(state.APISuspended), b.seen.events(state.APIResumed); suspended != 1 || resumed != 1 {
				t.Errorf("suspended %d times, resumed %d times", suspended, resumed)
			}
			if b.live.Load().Watches(old) {
				t.Error("its key is still watched")
			}
			claim()
		})
		b.promises()
	})
}

// TestAKeyChangesInsideAWindow: the probe of a refused key is told to wait for an hour, which counts for the workspace and so for the next key as well: that is taken up as
// soon as the hour is over. Whoever has no use for the key any more does not wait for that.
func TestAKeyChangesInsideAWindow(t *testing.T) {
	for name, retires := range map[string]bool{"Changed": false, "Retired": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				told := make(chan struct{}, 1)
				b := newTampered(t, sandbox.Options{}, func(h http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						select {
						case <-told:
							waitAnHour(w)
						default:
							h.ServeHTTP(w, r)
						}
					})
				})
				defer b.stop()
				b.box.SetKey("sk_next")
				ids := b.many("some", 3)
				b.life(func(claim, _ context.CancelFunc) {
					time.Sleep(10 * time.Second)
					b.wantBlocked(state.KeyRefused)
					told <- struct{}{}
					for len(told) > 0 {
						time.Sleep(time.Second)
					}
					synctest.Wait()
					over := time.Now().Add(time.Hour)
					for _, blocked := range b.live.Load().Status(b.root.Account).Blocked {
						if blocked.Until.Before(over.Add(-2 * time.Second)) {
							t.Errorf("%s is said to be tried in %v, want an hour", blocked.Reason, time.Until(blocked.Until))
						}
					}
					time.Sleep(10 * time.Minute)
					began := time.Now()
					account := b.root.Account
					if retires {
						account.Retire()
						synctest.Wait()
						if b.live.Load().Watches(account) {
							t.Error("a key that nobody uses any more is watched until the end of the window")
						}
					} else {
						b.setKey("sk_next")
						b.changed <- struct{}{}
					}
					time.Sleep(time.Until(over) - 2*time.Second)
					if n := b.sent.count(began); n > 0 {
						t.Errorf("%d requests inside the window", n)
					}
					time.Sleep(time.Minute)
					if !retires {
						b.done(ids)
						b.wantBlocked()
					}
					claim()
				})
				b.lawful()
			})
		})
	}
}
