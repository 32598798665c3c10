package uploader_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

// crowd writes n files of one page each and enqueues them together.
func (b *bench) crowd(n int) []state.ID {
	b.t.Helper()
	b.must(os.MkdirAll(b.path("crowd"), 0o755))
	arrivals := make([]queue.Arrival, n)
	for i := range arrivals {
		name := fmt.Sprintf("crowd/%05d.png", i)
		b.must(os.WriteFile(b.path(name), []byte(png+name), 0o644))
		e, err := b.root.Source.Stat(state.Path(name))
		if err != nil {
			b.t.Fatal(err)
		}
		arrivals[i].Sighting = state.Sighting{Root: "inbox", Path: state.Path(name), Print: e.Print, At: time.Now()}
	}
	ids, err := b.queue.Sight(b.t.Context(), arrivals)
	if err != nil {
		b.t.Fatal(err)
	}
	return ids
}

// TestManyWait: 5,000 files wait, and an hour of outage costs a probe now and then, whoever waits; at its end everything goes, and no row has lost anything.
func TestManyWait(t *testing.T) {
	for name, c := range map[string]struct {
		down   func(address string) bool
		reason state.Reason
	}{
		"APIDown":     {func(a string) bool { return !strings.HasPrefix(a, "storage.") }, state.APIDown},
		"StorageDown": {func(a string) bool { return strings.HasPrefix(a, "storage.") }, state.StorageIsDown},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, sandbox.Options{})
				defer b.stop()
				b.many("early", 4)
				b.life(func(claim, _ context.CancelFunc) {
					time.Sleep(10 * time.Second)
					b.net.setFail(func(address string) error {
						if c.down(address) {
							return refused(address)
						}
						return nil
					})
					ids := b.crowd(5000)
					began := time.Now()
					time.Sleep(time.Hour)
					b.wantBlocked(c.reason)
					most := anHour
					if c.reason == state.StorageIsDown {
						most = 3 * anHour // each try at the storage may need a form, which is asked of the API, and is posted
					}
					if n := b.sent.count(began); n > most {
						t.Errorf("%d requests in an hour of outage: %d reservations, %d retries, %d posts, %d probes", n, b.sent.count(began, flora.OpReserve),
							b.sent.count(began, flora.OpRetry), b.sent.count(began, flora.OpUpload), b.sent.count(began, flora.OpProbe))
					}
					if n := b.sent.count(began, flora.OpUpload); n > anHour {
						t.Errorf("%d posts in an hour of outage", n)
					}
					b.net.setFail(nil)
					time.Sleep(30 * time.Minute)
					b.wantBlocked()
					b.done(ids)
					b.unspoiled(ids)
					claim()
				})
				ready := 0
				for _, a := range b.box.Assets() {
					if a.Status == sandbox.Ready {
						ready++
					}
				}
				if want := 5000 + 4; ready != want {
					t.Errorf("%d ready assets, want %d", ready, want)
				}
				for _, v := range b.box.Violations() {
					t.Errorf("violation: %+v", v)
				}
			})
		})
	}
}

// windows are the Retry-After windows that FLORA told of, and the API requests that began, in the order of their times.
type windows struct {
	mu     sync.Mutex
	told   []time.Time // when a 429 was answered
	length time.Duration
}

func (w *windows) tell() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, time.Now())
}

// TestNoRequestBeginsInsideAWindow: whatever the concurrency, from the moment in which the 429 has arrived until its window is over no API request begins;
// by the time stamps at the server.
func TestNoRequestBeginsInsideAWindow(t *testing.T) {
	const latency = 10 * time.Millisecond
	for _, concurrency := range []int{1, 2, 4, 16} {
		for name, c := range map[string]struct {
			box    sandbox.Options
			window time.Duration
		}{
			"RetryAfter":    {window: 20 * time.Second},
			"WithoutHeader": {box: sandbox.Options{NoRetryAfter: true}, window: 5 * time.Second},
		} {
			t.Run(fmt.Sprintf("%s/%d", name, concurrency), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := &windows{length: c.window}
					var mu sync.Mutex
					calls := 0
					var began []time.Time
					o := c.box
					o.Process = 2 * time.Second
					o.Fault = func(call sandbox.Call) sandbox.Fault {
						if call.Op == sandbox.OpPost {
							return sandbox.Fault{Latency: latency}
						}
						mu.Lock()
						defer mu.Unlock()
						began = append(began, time.Now())
						if calls++; calls%15 == 0 {
							time.AfterFunc(latency, w.tell) // when the answer goes out
							return sandbox.Fault{Latency: latency, Status: 429, RetryAfter: c.window}
						}
						return sandbox.Fault{Latency: latency}
					}
					b := newBench(t, o)
					defer b.stop()
					b.options.Concurrency = concurrency
					ids := b.many("all", 40)
					b.run(time.Hour)
					b.done(ids)
					b.unspoiled(ids)
					mu.Lock()
					defer mu.Unlock()
					w.mu.Lock()
					defer w.mu.Unlock()
					if len(w.told) < 5 {
						t.Errorf("only %d windows", len(w.told))
					}
					for _, told := range w.told {
						for _, at := range began {
							if at.After(told) && at.Before(told.Add(c.window)) {
								t.Errorf("a request began %v after a 429 that asked for %v", at.Sub(told), c.window)
							}
						}
					}
					b.promises()
				})
			})
		}
	}
}
