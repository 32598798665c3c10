package uploader_test

import (
	"context"
	"fmt"
	"net"
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

// anHour is an outage of an hour: probes from one second to one minute apart, with the rows that were under way when it began.
const anHour = 66 + 20

// TestServiceDown: whatever says that FLORA is away, 200 files and an hour of it cost a probe now and then and no attempt.
func TestServiceDown(t *testing.T) {
	api := func(fail func(string) error) func(string) error {
		return func(address string) error {
			if strings.HasPrefix(address, "storage.") {
				return nil
			}
			return fail(address)
		}
	}
	for name, dial := range map[string]func(string) error{
		"Refused": api(refused),
		"NoSuchHost": api(func(string) error {
			return &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "localhost", IsNotFound: true}}
		}),
		"EverythingRefused": refused,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, sandbox.Options{Process: 30 * time.Second})
				defer b.stop()
				first := b.many("early", 8)
				b.life(func(claim, _ context.CancelFunc) {
					time.Sleep(10 * time.Second) // these are being processed
					b.net.setFail(dial)
					ids := append(b.many("late", files(name)), first...)
					began := time.Now()
					time.Sleep(time.Hour)
					b.wantBlocked(state.APIDown)
					if n := b.sent.count(began); n > anHour {
						t.Errorf("%d requests in an hour of outage", n)
					}
					b.net.setFail(nil)
					time.Sleep(10 * time.Minute)
					b.wantBlocked()
					b.done(ids)
					b.unspoiled(ids)
					claim()
				})
				if down, up := b.seen.events(state.APIDownSeen), b.seen.events(state.APIResumed); down != 1 || up != 1 {
					t.Errorf("told of %d outages and %d ends", down, up)
				}
				b.promises()
			})
		})
	}
	for name, answer := range map[string]func(w http.ResponseWriter, r *http.Request){
		"ServerErrors": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(503) },
		"CaptivePortal": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://login.example/", http.StatusFound)
		},
		"OtherServer": func(w http.ResponseWriter, r *http.Request) { http.Error(w, "<html>not here</html>", 404) },
		"Malformed":   func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello") },
		"TimeOuts":    func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var away sync.Map
				b := newTampered(t, sandbox.Options{}, func(h http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if _, is := away.Load("away"); is && !strings.HasPrefix(r.Host, "storage.") {
							drain(r)
							answer(w, r)
							return
						}
						h.ServeHTTP(w, r)
					})
				})
				defer b.stop()
				b.life(func(claim, _ context.CancelFunc) {
					time.Sleep(time.Second)
					away.Store("away", true)
					ids := b.many("late", files(name))
					began := time.Now()
					time.Sleep(time.Hour)
					b.wantBlocked(state.APIDown)
					if n := b.sent.count(began); n > anHour {
						t.Errorf("%d requests in an hour of outage", n)
					}
					away.Delete("away")
					time.Sleep(10 * time.Minute)
					b.done(ids)
					b.unspoiled(ids)
					claim()
				})
				b.promises()
			})
		})
	}
}

// TestThrottled: inside the window nothing is asked but what was on its way, no row is charged, and without a header the window is five seconds.
func TestThrottled(t *testing.T) {
	for name, c := range map[string]struct {
		box    sandbox.Options
		window time.Duration
	}{
		"RetryAfter":    {window: time.Minute},
		"HTTPDate":      {box: sandbox.Options{RetryAfterDate: true}, window: 58 * time.Second},
		"WithoutHeader": {box: sandbox.Options{NoRetryAfter: true}, window: 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &switched{}
				o := c.box
				o.Fault = s.Fault
				b := newBench(t, o)
				defer b.stop()
				b.life(func(claim, _ context.CancelFunc) {
					time.Sleep(time.Second)
					told := 0
					s.set(func(call sandbox.Call) sandbox.Fault {
						f := sandbox.Fault{Latency: 20 * time.Millisecond}
						if call.Op == sandbox.OpCreate && told == 0 {
							told++
							f = sandbox.Fault{Latency: 10 * time.Millisecond, Status: 429, RetryAfter: time.Minute}
						}
						return f
					})
					ids := b.many("all", 40)
					began := time.Now()
					time.Sleep(50 * time.Millisecond)
					b.wantBlocked(state.IsThrottled)
					shut := time.Now()
					time.Sleep(c.window - 100*time.Millisecond)
					api := []flora.Op{flora.OpReserve, flora.OpComplete, flora.OpRetrieve, flora.OpList, flora.OpRetry, flora.OpProbe}
					if n := b.sent.count(shut, api...); n != 0 {
						t.Errorf("%d API requests inside the window", n)
					}
					if n := b.sent.count(began, api...); n > 1+4 { // the record's first look at the clock, and four at once
						t.Errorf("%d API requests before it closed", n)
					}
					time.Sleep(10 * time.Minute)
					b.done(ids)
					b.unspoiled(ids)
					claim()
				})
				if n := b.seen.events(state.APIThrottled); n != 1 {
					t.Errorf("told %d times", n)
				}
				b.promises()
			})
		})
	}
}

// TestLockedOut: a refused key suspends the key, costs no row anything, is probed from 30 s to 10 min, and a changed source is tried at once.
func TestLockedOut(t *testing.T) {
	for name, change := range map[string]func(*bench){
		"NewKeyIsTakenUpAtOnce": func(b *bench) { b.setKey("sk_new"); b.changed <- struct{}{} },
		"OldKeyIsWellAgain":     func(b *bench) { b.box.SetKey(sandbox.DefaultKey) },
		"MissingKeyIsThereAgain": func(b *bench) {
			b.box.SetKey(sandbox.DefaultKey)
			b.setKey(sandbox.DefaultKey)
			b.changed <- struct{}{}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, sandbox.Options{Process: time.Minute})
				defer b.stop()
				b.many("early", 5)
				b.life(func(claim, _ context.CancelFunc) {
					time.Sleep(10 * time.Second)
					b.box.SetKey("sk_new")
					reason := state.KeyRefused
					if strings.HasPrefix(name, "Missing") {
						b.setKey("")
						reason = state.KeyMissing
					}
					ids := b.many("late", files(name))
					began := time.Now()
					time.Sleep(time.Hour)
					b.wantBlocked(reason)
					if n := b.sent.count(began); n > 35 { // 30 s, 1, 2, 4, 8 min, then every 10 min; and those on their way
						t.Errorf("%d requests with a key that is refused", n)
					}
					change(b)
					wait := 10*time.Minute + time.Second
					if b.changed != nil && name != "OldKeyIsWellAgain" {
						wait = 2 * time.Second
					}
					time.Sleep(wait)
					b.wantBlocked()
					time.Sleep(15 * time.Minute)
					b.done(ids)
					b.unspoiled(ids)
					claim()
				})
				if n := b.seen.events(state.APISuspended); n != 1 {
					t.Errorf("told %d times", n)
				}
				b.promises()
			})
		})
	}
}

// TestBadWorkspaceSuspendsNothing: 403 on one route fails its rows; the other route does not notice.
func TestBadWorkspaceSuspendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &switched{}
		s.set(func(c sandbox.Call) sandbox.Fault {
			if c.Workspace == "ws_bad" {
				return sandbox.Fault{Status: 403}
			}
			return sandbox.Fault{}
		})
		b := newBench(t, sandbox.Options{Fault: s.Fault})
		defer b.stop()
		b.hand = b.root
		b.hand.Source = b.handSource()
		good := b.many("early", 10)
		bad := []state.ID{b.byHand("a.png", "ws_bad"), b.byHand("b.png", "ws_bad"), b.byHand("c.png", "ws_bad")}
		b.run(time.Minute)
		b.done(good)
		b.unspoiled(good)
		for _, id := range bad {
			b.stands(id, failsAt(state.Queued, "forbidden", ""))
		}
		if n := b.seen.events(state.APISuspended); n != 0 {
			t.Errorf("suspended %d times", n)
		}
		b.lawful()
	})
}

// TestConcurrencyBoundsRequests: never more requests in flight than that, while more rows than that are under way.
func TestConcurrencyBoundsRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		now, peak, rows := 0, 0, 0
		b := newTampered(t, sandbox.Options{}, func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				now++
				peak = max(peak, now)
				mu.Unlock()
				time.Sleep(50 * time.Millisecond)
				h.ServeHTTP(w, r)
				mu.Lock()
				now--
				mu.Unlock()
			})
		})
		defer b.stop()
		b.options.Concurrency = 3
		ids := b.many("all", 60)
		b.life(func(claim, _ context.CancelFunc) {
			for range 40 {
				time.Sleep(60 * time.Millisecond)
				status := b.live.Load().Status()
				rows = max(rows, len(status.Active))
				if status.Requests > 3 {
					t.Errorf("%d requests in flight", status.Requests)
				}
			}
			time.Sleep(time.Minute)
			claim()
		})
		b.done(ids)
		if peak != 3 || rows <= 3 {
			t.Errorf("at most %d requests and %d rows, want 3 and more", peak, rows)
		}
		b.promises()
	})
}
