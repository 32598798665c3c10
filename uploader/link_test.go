package uploader_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader"
)

// TestEqualFilesKilledAtAnyMoment: two pairs of equal files in a linked root, and a process that dies again and again on their way: each content is ready once, and
// both files of it are done.
func TestEqualFilesKilledAtAnyMoment(t *testing.T) {
	for name, o := range map[string]sandbox.Options{
		"Plain":        {Faults: "latency=100ms"},
		"ImageKit":     {Faults: "latency=100ms", Storage: sandbox.ImageKit},
		"Processing":   {Faults: "latency=100ms", Process: 2 * time.Second},
		"StorageFails": {Faults: "latency=100ms,storage_5xx=0.4,cut=0.2"},
		"AnswersLost":  {Faults: "latency=100ms,lost=0.2,storage_lost=0.2"},
		"FormsExpire":  {Faults: "latency=100ms,storage_5xx=0.3", Form: 300 * time.Millisecond},
	} {
		for at := 50 * time.Millisecond; at <= 650*time.Millisecond; at += 50 * time.Millisecond {
			t.Run(fmt.Sprint(name, "/", at), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					o.Seed = uint64(at / time.Millisecond)
					b := newBench(t, o)
					defer b.stop()
					b.root.Link = true
					b.must(b.queue.SetLink(t.Context(), "inbox", true))
					ids := b.pairs(2)
					for range 3 {
						b.kill(at)
						b.queue.Close()
						b.open()
					}
					b.run(6 * time.Hour)
					b.done(ids)
					b.readyOnce()
				})
			})
		}
	}
}

// TestEqualFilesAndAReservationThatWaits: one of two equal files has a reservation, and backs off, when the process dies: the next life meets the other one first.
func TestEqualFilesAndAReservationThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &switched{}
		s.set(func(c sandbox.Call) sandbox.Fault {
			if c.Op == sandbox.OpPost {
				return sandbox.Fault{Status: 503}
			}
			return sandbox.Fault{}
		})
		b := newBench(t, sandbox.Options{Fault: s.Fault})
		defer b.stop()
		b.root.Link = true
		b.must(b.queue.SetLink(t.Context(), "inbox", true))
		ids := b.pairs(1)
		b.life(func(claim, work context.CancelFunc) {
			time.Sleep(90 * time.Second)
			claim()
			work()
		})
		if one, other := b.item(ids[0]).Phase, b.item(ids[1]).Phase; min(one, other) != state.Queued || max(one, other) != state.Reserved {
			t.Fatalf("they stand at %v and %v: this tests nothing", one, other)
		}
		s.set(nil)
		b.queue.Close()
		b.open()
		b.run(time.Hour)
		b.done(ids)
		b.readyOnce()
	})
}

// TestEqualFileOfAnAssetThatPeopleRemoved: the asset that an equal file shares was ready long ago, and is not at FLORA any more: then the file is the last copy,
// and stays where it is, with the reason.
func TestEqualFileOfAnAssetThatPeopleRemoved(t *testing.T) {
	for name, removed := range map[string]bool{"Removed": true, "StillThere": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &switched{}
				b := newBench(t, sandbox.Options{Fault: s.Fault})
				defer b.stop()
				b.root.Link = true
				b.must(b.queue.SetLink(t.Context(), "inbox", true))
				b.root.After = uploader.Delete
				b.write("first.png", png, 4000)
				content, err := os.ReadFile(b.path("first.png"))
				b.must(err)
				b.run(time.Hour)
				if removed {
					s.set(func(c sandbox.Call) sandbox.Fault {
						if c.Op == sandbox.OpRetrieve {
							return sandbox.Fault{Status: 404, Code: "not_found"}
						}
						return sandbox.Fault{}
					})
				}
				b.must(os.WriteFile(b.path("again.png"), content, 0o644))
				id := b.sight("again.png")
				b.run(time.Hour)
				it := b.item(id)
				_, err = os.Stat(b.path("again.png"))
				switch {
				case removed && (err != nil || it.Phase != state.Attached || it.Fault == nil || it.Fault.Code != string(state.NotFound) || !it.Parked()):
					t.Errorf("the last copy: %v; its row is %v, with %+v", err, it.Phase, it.Fault)
				case !removed && (err == nil || it.Away != state.AwayDeleted):
					t.Errorf("the file: %v; its row is %v, away %v", err, it.Phase, it.Away)
				}
			})
		})
	}
}

// pairs writes n contents, each in two files.
func (b *bench) pairs(n int) (ids []state.ID) {
	b.t.Helper()
	for i := range n {
		first := fmt.Sprintf("%d.png", i)
		ids = append(ids, b.write(first, png, 4000+i))
		content, err := os.ReadFile(b.path(first))
		b.must(err)
		again := fmt.Sprintf("%d again.png", i)
		b.must(os.WriteFile(b.path(again), content, 0o644))
		ids = append(ids, b.sight(again))
	}
	return ids
}

// readyOnce checks that each content of the inbox is ready once, however many files have it.
func (b *bench) readyOnce() {
	b.t.Helper()
	ready := map[string]int{}
	for _, a := range b.box.Assets() {
		if a.Status == sandbox.Ready {
			ready[a.SHA256]++
		}
	}
	b.eachFile(func(name, sum string) {
		if ready[sum] != 1 {
			b.t.Errorf("the content of %s is ready %d times", name, ready[sum])
		}
	})
	b.lawful()
	if b.t.Failed() {
		for _, a := range b.seen.transitions() {
			b.t.Logf("%s %s %v→%v %s", a.Change.At.Format("05.000"), a.After.Path, a.Before.Phase, a.After.Phase, a.Change.Outcome.Kind())
		}
	}
}
