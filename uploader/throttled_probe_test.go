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

// twoKeys is a bench of two workspaces, each with a key that is taken.
func twoKeys(t *testing.T, tamper func(http.Handler) http.Handler) *bench {
	t.Helper()
	b := twoWorkspaces(t, sandbox.Options{}, tamper)
	key := sandbox.DefaultKey
	b.otherKey.Store(&key)
	b.other = func(*uploader.Account) {}
	return b
}

func waitAnHour(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "3600")
	w.WriteHeader(http.StatusTooManyRequests)
}

// TestThrottledProbeIsAnAnswer: FLORA is back after an outage, and tells the key that asks to wait for an hour: it answers, and the other key's rows go on.
func TestThrottledProbeIsAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := make(chan struct{}, 1)
		tamper := func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				select {
				case <-told:
					waitAnHour(w)
				default:
					h.ServeHTTP(w, r)
				}
			})
		}
		b := twoKeys(t, tamper)
		defer b.stop()
		b.life(func(claim, _ context.CancelFunc) {
			b.net.setFail(refused)
			waits := b.write("a.png", png, 1000)
			time.Sleep(time.Minute)
			b.wantBlocked(state.APIDown)
			told <- struct{}{}
			b.net.setFail(nil)
			time.Sleep(2 * time.Minute)
			well := b.byHands(6)
			time.Sleep(10 * time.Second)
			b.done(well)
			b.wantBlocked(state.IsThrottled)
			time.Sleep(2 * time.Hour)
			b.wantBlocked()
			b.done([]state.ID{waits})
			claim()
		})
		b.lawful()
	})
}

// TestThrottledRequestIsAnAnswer: a request was on its way when an outage began, and is told to wait for an hour. Its key is not probed with meanwhile, and FLORA is
// there: the other key's rows go on.
func TestThrottledRequestIsAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var down, late atomic.Bool
		tamper := func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.Method == http.MethodPost && late.CompareAndSwap(true, false):
					time.Sleep(1500 * time.Millisecond)
					waitAnHour(w)
				case down.Load():
					w.WriteHeader(http.StatusServiceUnavailable)
				default:
					h.ServeHTTP(w, r)
				}
			})
		}
		b := twoKeys(t, tamper)
		defer b.stop()
		b.hand.Route = state.Route{} // as it is: the gate of a folder's workspace is not theirs
		b.life(func(claim, _ context.CancelFunc) {
			time.Sleep(10 * time.Second)
			down.Store(true)
			late.Store(true)
			waits := []state.ID{b.write("a.png", png, 1000), b.write("b.png", png, 1000)}
			time.Sleep(time.Second)
			b.wantBlocked(state.APIDown)
			time.Sleep(time.Second)
			down.Store(false)
			time.Sleep(2 * time.Minute)
			well := b.byHands(6)
			time.Sleep(10 * time.Second)
			b.done(well)
			b.wantBlocked(state.IsThrottled)
			time.Sleep(2 * time.Hour)
			b.wantBlocked()
			b.done(waits)
			claim()
		})
		b.lawful()
	})
}
