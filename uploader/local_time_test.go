package uploader_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

// slowly is a body that is taken at so many bytes a second.
type slowly struct {
	io.ReadCloser
	rate int
}

func (s slowly) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p[:min(len(p), s.rate)])
	time.Sleep(time.Second * time.Duration(n) / time.Duration(s.rate))
	return n, err
}

// TestExpiryDecidesOnlyWhetherASendMayStart: a form that lives five seconds; the send takes a minute, and is neither cut nor repeated.
func TestExpiryDecidesOnlyWhetherASendMayStart(t *testing.T) {
	for _, kind := range []string{sandbox.GCS, sandbox.ImageKit} {
		t.Run(kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newTampered(t, sandbox.Options{Storage: kind, Form: 5 * time.Second}, func(h http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if strings.HasPrefix(r.Host, "storage.") {
							r.Body = slowly{r.Body, 5000}
						}
						h.ServeHTTP(w, r)
					})
				})
				defer b.stop()
				began := time.Now()
				id := b.write("bad.png", png, 300_000)
				b.run(10 * time.Minute)
				it := b.item(id)
				if b.stands(id, ends); it.DoneAt.Sub(began) < time.Minute {
					t.Errorf("done after %v: that proves nothing", it.DoneAt.Sub(began))
				}
				if posts, forms := b.sent.count(time.Time{}, flora.OpUpload), b.sent.count(time.Time{}, flora.OpRetry); posts != 1 || forms != 0 {
					t.Errorf("%d posts, %d forms asked for anew", posts, forms)
				}
				b.promises()
			})
		})
	}
}

// TestExpiredFormIsNotPosted: the form's life ends while its row waits for a storage that is down; a fresh one is asked for before anything is sent.
func TestExpiredFormIsNotPosted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{Form: 5 * time.Second})
		defer b.stop()
		b.net.setFail(func(address string) error {
			if strings.HasPrefix(address, "storage.") {
				return refused(address)
			}
			return nil
		})
		id := b.write("bad.png", png, badSize)
		b.life(func(claim, _ context.CancelFunc) {
			time.Sleep(time.Minute)
			b.net.setFail(nil)
			time.Sleep(10 * time.Minute)
			claim()
		})
		b.stands(id, wantRow{phase: state.Done, renewed: true})
		if n := b.item(id).Generation; n != 0 {
			t.Errorf("generation %d", n)
		}
		b.promises() // and the sandbox saw no expired form
	})
}

// moment is a request at the server: in flight from its beginning to its end.
type moment struct{ began, ended time.Time }

// TestThrottledHalvesAndGrowsBack: by time stamps at the server. Eight in flight, a 429, at most four; then one more for each round of successes, up to
// eight again; and another 429 halves again.
func TestThrottledHalvesAndGrowsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const concurrency, latency, window = 8, time.Second, 20 * time.Second
		var mu sync.Mutex
		var all []*moment
		var told []time.Time
		tellNext := false
		b := newTampered(t, sandbox.Options{}, func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				m := &moment{began: time.Now()}
				mu.Lock()
				all = append(all, m)
				tell := tellNext && !strings.HasPrefix(r.Host, "storage.")
				if tell {
					tellNext = false
				}
				mu.Unlock()
				time.Sleep(latency)
				if tell {
					drain(r)
					w.Header().Set("Retry-After", "20")
					w.WriteHeader(http.StatusTooManyRequests)
				} else {
					h.ServeHTTP(w, r)
				}
				mu.Lock()
				m.ended = time.Now()
				if tell {
					told = append(told, m.ended)
				}
				mu.Unlock()
			})
		})
		defer b.stop()
		b.options.Concurrency = concurrency
		ids := b.many("all", 400)
		b.life(func(claim, _ context.CancelFunc) {
			for range 2 {
				time.Sleep(time.Minute)
				mu.Lock()
				tellNext = true
				mu.Unlock()
			}
			time.Sleep(10 * time.Minute)
			claim()
		})
		b.done(ids)
		b.unspoiled(ids)
		if len(told) != 2 {
			t.Fatalf("told %d times to wait", len(told))
		}
		// peak is how many were in flight at once, of those that began in a stretch of time.
		peak := func(from, to time.Time) (most int) {
			for _, m := range all {
				if m.began.Before(from) || !m.began.Before(to) {
					continue
				}
				n := 0
				for _, other := range all {
					if !other.began.After(m.began) && other.ended.After(m.began) {
						n++
					}
				}
				most = max(most, n)
			}
			return most
		}
		if n := peak(time.Time{}, told[0]); n != concurrency {
			t.Errorf("%d in flight before the first 429", n)
		}
		for i, at := range told {
			open := at.Add(window)
			var bounds []int // in each second after the window
			for s := range 30 {
				from := open.Add(time.Duration(s) * latency)
				bounds = append(bounds, peak(from, from.Add(latency)))
			}
			t.Logf("in flight in the seconds after window %d: %v", i, bounds)
			if bounds[0] > concurrency/2 || bounds[0] == 0 {
				t.Errorf("%d in flight right after a 429 at %d", bounds[0], concurrency)
			}
			for s := 1; s < len(bounds); s++ {
				if bounds[s] > bounds[s-1]+1 {
					t.Errorf("grew from %d to %d at once: %v", bounds[s-1], bounds[s], bounds)
				}
			}
			if bounds[len(bounds)-1] != concurrency {
				t.Errorf("did not grow back: %v", bounds)
			}
		}
		b.promises()
	})
}
