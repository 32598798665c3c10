package main

import (
	"os"
	"strings"
	"testing"
)

// TestUploadBesideAForeignSocket: daemon.json is out of date, and on the socket that it names something else listens: upload does its work itself.
func TestUploadBesideAForeignSocket(t *testing.T) {
	t.Parallel()
	for name, answer := range foreignAnswers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			box := m.sandbox()
			listenAs(t, m.path("foreign"), answer)
			content := pictureBytes(1, 700)
			put(t, m.path("a.png"), content)
			m.mkdir("state/florasync")
			m.beaconTo(m.path("foreign"), os.Getpid())
			m.run("upload", "a.png", "--workspace", "ws_hand", "--no-wait").must(3, "no-wait", "daemon")
			m.beaconTo(m.path("foreign"), os.Getpid())
			m.run("upload", "a.png", "--workspace", "ws_hand").must(0, "ready")
			box.onceEach(content)
			box.unbroken()
		})
	}
}

// TestUploadOfAnotherUser: the record is another user's, whose daemon does not answer him, or lets him read alone. He is told what to do, and nothing of it
// is his state directory's fault.
func TestUploadOfAnotherUser(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.sandbox()
	put(t, m.config("state_dir: "+m.path("private"))+"/a.png", pictureBytes(1, 700))
	m.start("run")
	m.settled(1)
	other := *m
	other.asNobody()
	r := other.run("upload", "inbox/a.png").must(1, "permission denied", "try sudo")
	if strings.Contains(r.err, "--state-dir") {
		t.Errorf("another record would upload it twice: %s", r.err)
	}
}
