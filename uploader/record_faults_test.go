package uploader_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader"
)

// ailing is a record that refuses while down is set, and that lets go of claims as the queue does after a commit of unknown fate.
type ailing struct {
	record
	mu     sync.Mutex
	down   error
	asked  int
	letGo  int // of so many rows more
	before map[state.Kind]bool
}

func (a *ailing) refuse() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.down != nil {
		a.asked++
	}
	return a.down
}

func (a *ailing) set(err error) (asked int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.down = err
	asked, a.asked = a.asked, 0
	return asked
}

func (a *ailing) drop(c state.Change) {
	a.mu.Lock()
	hit := a.letGo > 0 && a.before[c.Outcome.Kind()]
	if hit {
		a.letGo--
	}
	a.mu.Unlock()
	if hit {
		a.Queue.Release(c.ID, time.Time{})
	}
}

func (a *ailing) Claim(ctx context.Context, now time.Time, lane state.Lane, n int) ([]state.Item, time.Time, error) {
	if err := a.refuse(); err != nil {
		return nil, time.Time{}, err
	}
	return a.record.Claim(ctx, now, lane, n)
}

func (a *ailing) Apply(ctx context.Context, c state.Change) (state.Item, error) {
	if err := a.refuse(); err != nil {
		return state.Item{}, err
	}
	a.drop(c)
	return a.record.Apply(ctx, c)
}

func (a *ailing) Submit(c state.Change) (state.Item, error) {
	if err := a.refuse(); err != nil {
		return state.Item{}, err
	}
	defer a.drop(c)
	return a.record.Submit(c)
}

// TestRecordRefusesForAWhile: Run goes on, does not spin, and everything becomes ready.
func TestRecordRefusesForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{Faults: "latency=100ms"})
		defer b.stop()
		a := &ailing{record: record{b.queue}}
		b.wrap = a
		ids := b.many("all", 60)
		b.life(func(claim, _ context.CancelFunc) {
			time.Sleep(250 * time.Millisecond)
			a.set(errors.New("no space left on device"))
			time.Sleep(10 * time.Minute)
			if n := a.set(nil); n == 0 || n > 700+40 {
				t.Errorf("the record was asked %d times in ten minutes", n)
			}
			time.Sleep(30 * time.Minute)
			claim()
		})
		b.done(ids)
		b.promises()
	})
}

// TestRunEndsWithAFatalRecord: and with nothing else.
func TestRunEndsWithAFatalRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{})
		defer b.stop()
		damaged := errors.New("damaged")
		a := &ailing{record: record{b.queue}, down: damaged}
		b.many("all", 1)
		b.wrap = a
		b.options.Fatal = func(err error) bool { return errors.Is(err, damaged) }
		if err := b.try(func(_, _ context.CancelFunc) {}); !errors.Is(err, damaged) {
			t.Errorf("got %v", err)
		}
	})
}

// TestClaimsLetGo: a row that comes again while it is worked on is worked on by one at a time, and its claim is not given back twice.
func TestClaimsLetGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		posting := map[int64]int{} // by length, which is another for every file
		b := newTampered(t, sandbox.Options{}, func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !strings.HasPrefix(r.Host, "storage.") {
					h.ServeHTTP(w, r)
					return
				}
				body, err := io.ReadAll(r.Body) // whole, since only then net/http notices that a client is gone
				if err != nil {
					return
				}
				r.Body = io.NopCloser(bytes.NewReader(body))
				add := func(n int) int {
					mu.Lock()
					defer mu.Unlock()
					posting[r.ContentLength] += n
					return posting[r.ContentLength]
				}
				add(1)
				defer add(-1)
				select { // a request that was given up is gone by then
				case <-time.After(time.Second):
				case <-r.Context().Done():
					return
				}
				if add(0) > 1 {
					t.Errorf("%d bytes are posted by two at once", r.ContentLength)
				}
				h.ServeHTTP(w, r)
			})
		})
		defer b.stop()
		a := &ailing{record: record{b.queue}, letGo: 12, before: map[state.Kind]bool{state.KindReserved: true}}
		b.wrap, b.options.Concurrency = a, 24
		ids := b.many("all", 12)
		b.run(time.Hour)
		b.done(ids)
		b.promises()
	})
}

// TestTwoKeys: a key that is missing suspends its own roots, and each key's source is listened to.
func TestTwoKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{})
		defer b.stop()
		b.hand = b.root
		b.hand.Source = b.handSource()
		b.other = func(a *uploader.Account) { a.Changed = nil }
		b.otherKey.Store(new(string))
		inbox := b.many("all", 20)
		hand := b.byHand("a.png", "ws_b")
		b.life(func(claim, _ context.CancelFunc) {
			time.Sleep(time.Second)
			b.done(inbox)
			if it := b.item(hand); it.Phase != state.Queued || it.Attempt != 0 {
				t.Errorf("without a key: %v %v", it.Phase, it.Fault)
			}
			b.wantBlocking(hand, state.KeyMissing)
			b.wantBlocking(inbox[0])
			key := sandbox.DefaultKey
			b.otherKey.Store(&key)
			time.Sleep(11 * time.Minute)
			b.done([]state.ID{hand})
			claim()
		})
	})
}
