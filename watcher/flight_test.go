package watcher

import (
	"fmt"
	"testing"

	"github.com/florasync/florasync/state"
)

// TestNextBatchIsCollectedMeanwhile: while the record takes a batch the walk goes on, up to the next one.
func TestNextBatchIsCollectedMeanwhile(t *testing.T) {
	h := newHouse(t)
	r := h.loop()
	h.scan(r)
	r.batchMax = 2
	taken, onward := make(chan struct{}), make(chan struct{})
	h.record.takes = func() { taken <- struct{}{}; <-onward }
	say := func(i int) {
		t.Helper()
		p := state.Path(fmt.Sprintf("%d.jpg", i))
		h.write(string(p), "1")
		h.must(r.say(t.Context(), state.Sighting{Path: p, Print: h.print(p)}))
	}
	say(1)
	say(2)
	<-taken
	say(3)
	if here := h.record.here(); len(here) > 0 {
		t.Fatalf("%q: the record has not taken anything yet", here)
	}
	if s := r.status(); s.Settling != 3 {
		t.Errorf("%d are settling, and 3 are not in the record", s.Settling)
	}
	onward <- struct{}{}
	h.record.takes = nil
	h.must(r.flush(t.Context()))
	if here := h.record.here(); len(here) != 3 {
		t.Errorf("the record has %q", here)
	}
}

// TestNothingIsOpenWhileTheRecordWaits: a full disk may keep the record from taking a batch for hours, and the folder can be unmounted meanwhile.
func TestNothingIsOpenWhileTheRecordWaits(t *testing.T) {
	h := newHouse(t)
	r := h.loop()
	h.scan(r)
	h.write("d/a.jpg", "1")
	if _, err := r.eyes.stat("d/a.jpg"); err != nil || r.eyes.dir == nil {
		t.Fatalf("nothing is open, %v: the test shows nothing", err)
	}
	r.flight = &flight{done: make(chan error)}
	done := r.flight.done
	landed := make(chan error)
	go func() { landed <- r.land() }()
	done <- nil // received by the loop that waits
	h.must(<-landed)
	if r.eyes.dir != nil {
		t.Error("a directory was held open")
	}
}

// TestListingKnowsWhatIsOnItsWay: a file was sent and goes before the record has it, and no event tells of that. The listing that does not find it must
// not ask the record what stood there before the record knows.
func TestListingKnowsWhatIsOnItsWay(t *testing.T) {
	for name, dir := range map[string]string{"ItsDirectory": "d", "TheTreeAboveIt": ""} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.mkdir("d")
			r := h.loop()
			h.scan(r)
			h.write("d/a.jpg", "1")
			h.must(r.say(t.Context(), state.Sighting{Path: "d/a.jpg", Print: h.print("d/a.jpg")}))
			h.must(r.send(t.Context()))
			h.remove("d/a.jpg")
			if dir == "" {
				h.remove("d")
			}
			h.must(r.list(t.Context(), job{dir: dir}))
			h.must(r.flush(t.Context()))
			if here := h.record.here(); len(here) > 0 {
				t.Errorf("%q stands in the record and nowhere else", here)
			}
		})
	}
}

// TestGoneOnItsWayIsNotUnchanged: what was sent as gone is back, as it was, before the record has heard of it. A listing must not take it for a file that
// is known and unchanged.
func TestGoneOnItsWayIsNotUnchanged(t *testing.T) {
	h := newHouse(t)
	h.write("a.jpg", "1")
	h.age("a.jpg")
	r := h.loop()
	r.settler.quiet = quiet{}
	h.scan(r)
	for len(h.record.here()) == 0 {
		_, err := r.step(t.Context())
		h.must(err)
	}
	h.must(r.say(t.Context(), state.Sighting{Path: "a.jpg", Gone: true}))
	h.must(r.send(t.Context()))
	h.must(r.list(t.Context(), job{}))
	for scans := r.scansN; len(h.record.saidOf("a.jpg")) < 3; {
		_, err := r.step(t.Context())
		h.must(err)
		if r.scansN > scans {
			t.Fatal("nothing but the next scan told of it")
		}
	}
}
