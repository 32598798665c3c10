package watcher

import (
	"testing"

	"github.com/florasync/florasync/state"
)

// TestScanProvesTheRecord: a rescan of a folder where nothing moves says when the record believes in files that the walk does not meet.
func TestScanProvesTheRecord(t *testing.T) {
	h := newHouse(t)
	h.write("a.jpg", "1")
	h.write("d/b.jpg", "2")
	h.scanned()
	h.hasExactly("a.jpg", "d/b.jpg")
	again := func() int {
		n := len(h.observer.of(state.ScanFinished))
		h.w.Rescan("")
		h.until("a rescan", func() bool { return len(h.observer.of(state.ScanFinished)) > n })
		return len(h.observer.of(state.ScanDisagrees))
	}
	again() // what was told is made sure of
	if n := again(); n != 0 {
		t.Fatalf("disagrees: %+v", h.observer.of(state.ScanDisagrees))
	}
	h.record.mu.Lock()
	h.record.lost = 1
	h.record.mu.Unlock()
	if n := again(); n != 1 {
		t.Fatalf("told %d times that a file is missing from the walk", n)
	}
	h.record.mu.Lock()
	h.record.lost = 0
	h.record.mu.Unlock()
	h.stop()
}

// TestScanDoesNotProveWhatItDoesNotWalk: files of the record below a directory that the rules keep it out of now.
func TestScanDoesNotProveWhatItDoesNotWalk(t *testing.T) {
	h := newHouse(t)
	h.write("a.jpg", "1")
	h.write("d/e/b.jpg", "2")
	h.scanned()
	h.hasExactly("a.jpg", "d/e/b.jpg")
	h.stop()
	h.cfg.Recursive = false
	h.scanned()
	n := len(h.observer.of(state.ScanFinished))
	h.w.Rescan("")
	h.until("a rescan", func() bool { return len(h.observer.of(state.ScanFinished)) > n })
	if found := h.observer.of(state.ScanDisagrees); len(found) > 0 {
		t.Errorf("disagrees: %+v", found)
	}
	h.stop()
}
