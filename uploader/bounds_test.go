package uploader_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

// The tests of this file hold the numbers that are promised: each from both sides.

// TestThrottledWithoutAHeaderWaitsFiveSeconds: and not longer.
func TestThrottledWithoutAHeaderWaitsFiveSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{NoRetryAfter: true, Fault: onto(sandbox.OpCreate, 1, sandbox.Fault{Status: http.StatusTooManyRequests})})
		defer b.stop()
		id := b.write("bad.png", png, badSize)
		b.life(func(claim, _ context.CancelFunc) {
			time.Sleep(4900 * time.Millisecond)
			b.wantBlocked(state.IsThrottled)
			b.wait([]state.ID{id})
			time.Sleep(1100 * time.Millisecond)
			b.done([]state.ID{id})
			claim()
		})
		b.promises()
	})
}

// TestARefusedKeyIsTriedAfterHalfAMinute: by a probe where it was refused, by a reservation where nobody has paid.
func TestARefusedKeyIsTriedAfterHalfAMinute(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		op     flora.Op
		reason state.Reason
	}{
		"Refused": {http.StatusUnauthorized, flora.OpProbe, state.KeyRefused},
		"Unpaid":  {http.StatusPaymentRequired, flora.OpReserve, state.PaymentRequired},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newTampered(t, sandbox.Options{}, answering(0, func(r *http.Request, _ string) bool {
					return r.Header.Get("Authorization") != ""
				}, c.status, jsonType, apiError("no", "No.")))
				defer b.stop()
				b.write("a.png", png, 1000)
				b.life(func(claim, _ context.CancelFunc) {
					time.Sleep(time.Second)
					b.wantBlocked(c.reason)
					first := b.sent.count(time.Time{}, c.op)
					time.Sleep(28 * time.Second)
					if n := b.sent.count(time.Time{}, c.op) - first; n != 0 {
						t.Errorf("tried %d times within half a minute", n)
					}
					time.Sleep(3 * time.Second)
					if n := b.sent.count(time.Time{}, c.op) - first; n != 1 {
						t.Errorf("tried %d times after half a minute, want once", n)
					}
					claim()
				})
			})
		})
	}
}

// TestStorageIsDownAfterFiveFailuresOfTwoRows: fewer in a row, or one row's alone, say nothing of the host.
func TestStorageIsDownAfterFiveFailuresOfTwoRows(t *testing.T) {
	for rows, opens := range map[int]int{1: 0, 2: 6, 3: 6} {
		t.Run(fmt.Sprint(rows), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				var b *bench
				posts, down := 0, 0 // down: the first post that found the host taken for down
				b = newBench(t, sandbox.Options{Fault: func(c sandbox.Call) sandbox.Fault {
					if c.Op != sandbox.OpPost {
						return sandbox.Fault{}
					}
					blocked := len(b.blockedBy()) > 0
					mu.Lock()
					defer mu.Unlock()
					if posts++; blocked && down == 0 {
						down = posts
					}
					return sandbox.Fault{Status: http.StatusServiceUnavailable}
				}})
				defer b.stop()
				b.options.Concurrency = 1
				b.many("all", rows)
				b.run(5 * time.Minute)
				mu.Lock()
				defer mu.Unlock()
				if down != opens || posts < 8 {
					t.Errorf("of %d posts the %d. was the first to find the host taken for down, want %d", posts, down, opens)
				}
			})
		})
	}
}

// TestEightRenewalsAreEvidenceAboutForms: they cost a row nothing. One more is a fault like any other, and charged.
func TestEightRenewalsAreEvidenceAboutForms(t *testing.T) {
	for refusals, charged := range map[int]int{8: 0, 9: 1} {
		t.Run(fmt.Sprint(refusals), func(t *testing.T) {
			refusing := answering(refusals, posting, http.StatusForbidden, xmlType, "<Error><Code>SignatureDoesNotMatch</Code></Error>")
			one(t, sandbox.Options{}, refusing, time.Minute, func(b *bench, it state.Item) {
				n := 0
				for _, a := range b.seen.transitions() {
					if f := a.After.Fault; f != nil && f.Class == state.Passing {
						n++
					}
				}
				if it.Phase != state.Done || n != charged {
					t.Errorf("it stands at %v, charged %d times, want %d", it.Phase, n, charged)
				}
				b.promises()
			})
		})
	}
}

// TestAnIntentIsSearchedForTenMinutes: the answer to the request was lost. What turns up in the list by then is the URL's asset; what does not, somebody has to look for.
func TestAnIntentIsSearchedForTenMinutes(t *testing.T) {
	for name, c := range map[string]struct {
		unseen time.Duration
		want   wantRow
	}{
		"TurnsUp":  {9 * time.Minute, ends},
		"IsParked": {time.Hour, wantRow{halt: state.Failed, reason: state.Ambiguous, class: state.Lasting, message: "no asset made from this URL was found"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				b := newTampered(t, sandbox.Options{Fault: func(call sandbox.Call) sandbox.Fault {
					if call.Op == sandbox.OpURL {
						return sandbox.Fault{Lost: true}
					}
					return sandbox.Fault{}
				}}, listing(false, func(_ int, rows []any) []any {
					if time.Since(began) < c.unseen {
						return []any{}
					}
					return rows
				}))
				defer b.stop()
				b.hand = b.root
				b.hand.Source = b.handSource()
				id := b.arrive(queue.Arrival{URL: "https://media.flora.ai/a.png", Named: true, To: state.Destination{Workspace: "ws_a"}})
				b.run(13 * time.Minute)
				b.stands(id, c.want)
				if n := b.ready(); n != 1 {
					t.Errorf("%d assets from one URL", n)
				}
				b.lawful()
			})
		})
	}
}

// TestProcessingIsWaitedForADay: then the row is parked with that reason, and with its asset.
func TestProcessingIsWaitedForADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{Process: 48 * time.Hour})
		defer b.stop()
		id := b.write("a.png", png, 1000)
		b.life(func(claim, _ context.CancelFunc) {
			time.Sleep(23*time.Hour + 50*time.Minute)
			if it := b.item(id); it.Phase != state.Completed || it.Halt != state.None {
				t.Errorf("within a day: %v %v, %v", it.Phase, it.Halt, it.Fault)
			}
			time.Sleep(20 * time.Minute)
			claim()
		})
		b.stands(id, failsAt(state.Completed, state.AttemptsUp, "FLORA has been processing asset "+b.item(id).AssetID+" for 24h"))
		if f := b.item(id).Fault; f == nil || f.Code != "processing" {
			t.Errorf("its fault: %+v", f)
		}
		if n := len(b.box.Assets()); n != 1 {
			t.Errorf("%d assets for one file", n)
		}
		b.lawful()
	})
}
