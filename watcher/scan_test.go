package watcher

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/florasync/florasync/state"
)

// TestScanKnowsWhatIsOnItsWay: a file is seen, and goes before the record was told; nobody hears of that, and a scan begins. It must not ask the record
// what is missing before the record has the file: else it stands there until the next scan.
func TestScanKnowsWhatIsOnItsWay(t *testing.T) {
	h := newHouse(t)
	r := h.loop()
	h.scan(r)
	h.write("a.jpg", "1")
	h.must(r.say(t.Context(), state.Sighting{Path: "a.jpg", Print: h.print("a.jpg")}))
	h.remove("a.jpg")
	r.startScan(causeRescan)
	h.scan(r)
	if here := h.record.here(); len(here) > 0 {
		t.Errorf("%q stands in the record and nowhere else", here)
	}
}

// TestScanAskedForDuringAScan: what the scan under way has passed already may be what the one is for that is asked for meanwhile: it begins as soon as the first ends.
func TestScanAskedForDuringAScan(t *testing.T) {
	for name, ask := range map[string]func(*rootWatch){
		"ByName":    func(r *rootWatch) { signal(r.rescan) },
		"BeyondMax": func(r *rootWatch) { r.asked.overflow() },
	} {
		for confirm, unsure := range map[string]int{"": 0, "AndAnotherMakesSure": 1} {
			t.Run(name+confirm, func(t *testing.T) {
				h := newHouse(t)
				h.record.unsure = unsure
				r := h.loop()
				h.write("d/a.jpg", "1")
				h.scan(r)
				r.startScan(causeRescan)
				_, err := r.step(t.Context())
				h.must(err)
				under := r.scan
				ask(r)
				_, err = r.step(t.Context())
				h.must(err)
				if under == nil || r.scan != under {
					t.Fatal("no scan was under way when another was asked for, or it was given up")
				}
				h.scan(r)
				began := time.Now()
				_, err = r.step(t.Context())
				h.must(err)
				if r.scan == nil {
					t.Fatalf("the scan that was asked for waits %v", r.scanAt.Sub(began))
				}
				h.scan(r)
				if !r.scanAt.After(time.Now()) {
					t.Error("what was asked for once is scanned twice")
				}
			})
		}
	}
}

// TestPreviewEndsInALargeFolder: whoever asks what would be taken is not held up by one folder of many files when the time is over.
func TestPreviewEndsInALargeFolder(t *testing.T) {
	h := newHouse(t)
	for i := range 20 {
		h.write(fmt.Sprintf("%02d.jpg", i), "1")
	}
	r := h.loop()
	over := errors.New("the time is over")
	ctx, end := context.WithCancelCause(t.Context())
	met := 0
	err := r.preview(ctx, func(Found) error {
		met++
		end(over)
		return nil
	})
	if !errors.Is(err, over) || met != 1 {
		t.Errorf("%d files were told after that, and then: %v", met-1, err)
	}
}
