package watcher

import (
	"testing"

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
