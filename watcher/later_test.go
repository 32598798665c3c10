package watcher

import (
	"fmt"
	"testing"
	"time"

	"github.com/florasync/florasync/state"
)

// TestBurstIsLookedAtInParts: what settles has its turn before all of a burst was looked at, and until then nobody may think that nothing is left.
func TestBurstIsLookedAtInParts(t *testing.T) {
	h := newHouse(t)
	r := h.loop()
	h.scan(r)
	const files = 2*looksMax + 10
	for i := range files {
		r.asked.put(fmt.Sprintf("%04d.jpg", i), asked|Came)
	}
	last := fmt.Sprintf("%04d.jpg", files-1)
	h.write(last, "1")
	_, err := r.step(t.Context())
	h.must(err)
	if n := len(r.dirty); n != files-looksMax {
		t.Errorf("%d are left of %d", n, files)
	}
	if s := r.status(); s.Settling < files-looksMax {
		t.Errorf("%d are settling", s.Settling)
	}
	for len(h.record.here()) == 0 {
		_, err := r.step(t.Context())
		h.must(err)
	}
	if s := r.status(); s.Settling != 0 || h.record.here()[0] != last {
		t.Errorf("%d are settling, here %q", s.Settling, h.record.here())
	}
}

// TestCrowdedDirectoryIsListedWhenThereIsRoom, and not again and again before.
func TestCrowdedDirectoryIsListedWhenThereIsRoom(t *testing.T) { // invariant 9
	h := newHouse(t)
	r := h.loop()
	now := time.Now()
	for i := range settlingMax {
		r.settler.see(state.Path(fmt.Sprintf("d/%d", i)), written(1), now)
	}
	r.see("d/more.jpg", written(1))
	r.see("e/more.jpg", written(1))
	listed := func(now time.Time) bool {
		r.uncrowd(now)
		return !r.later.next().IsZero()
	}
	if listed(time.Now()) || listed(time.Now().Add(time.Hour)) {
		t.Fatal("listed again, and there is no room")
	}
	r.forget("d/0")
	if listed(time.Now()) {
		t.Error("listed again for one file")
	}
	if !listed(time.Now().Add(crowdedMax)) {
		t.Error("never listed again while the others are held open")
	}
	if len(r.later.at) != 2 {
		t.Errorf("%d directories are listed again", len(r.later.at))
	}
	r.later = newAgenda()
	r.forget("d/1")
	r.see("d/1", written(1))
	r.see("d/0", written(1))
	r.see("d/more.jpg", written(1))
	for i := range settlingMax / 2 {
		r.forget(state.Path(fmt.Sprintf("d/%d", i)))
	}
	if !listed(time.Now()) {
		t.Error("not listed again although there is room")
	}
}
