package main

import (
	"path/filepath"
	"testing"
)

// TestWhatRootsProcessLeft: root ran `upload` once with the service's state directory and was killed. What is left of its beacon and its socket keeps the
// service neither from starting nor from being found.
func TestWhatRootsProcessLeft(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	box := m.sandbox()
	inbox := m.config()
	m.mkdir("state/florasync")
	m.asNobody()
	m.write("state/florasync/daemon.json.new", `{"pid":`)
	m.beaconTo(m.path("gone.sock"), 1)
	put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 700))
	own(t, inbox)
	m.start("run").says("root.watching")
	m.settled(1)
	m.run("status").must(0, "is running")
	if left, err := filepath.Glob(m.path("state/florasync/*.new")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	box.onceEach(pictureBytes(1, 700))
}
