package main

import (
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestHangupDuringADrain: a reload does not cut the uploads that a stop waits for, and changes nothing.
func TestHangupDuringADrain(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	box := m.sandbox("--faults", "post.storage_hang=1")
	inbox := m.config()
	put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 800))
	p := m.start("run")
	m.underWay()
	p.signal(syscall.SIGTERM)
	p.says("daemon.stopping")
	p.signal(syscall.SIGHUP)
	p.says("florasync is stopping; the configuration counts from the next start")
	m.run("reload").must(1, "nothing was changed", "stopping")
	select {
	case <-p.done:
		t.Fatalf("SIGHUP cut the drain: exit code %d\n%s", p.code, p.err.String())
	default:
	}
	p.signal(syscall.SIGTERM)
	if code := p.exit(); code != 143 {
		t.Errorf("exit code %d, want 143", code)
	}
	box.faults("")
	m.run("run", "--once").must(0)
	box.onceEach(pictureBytes(1, 800))
}

// TestHangupOfARunThatEnds: where there is nothing to reload SIGHUP stops, as it stops any program.
func TestHangupOfARunThatEnds(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.sandbox("--faults", "post.storage_hang=1")
	inbox := m.config("upload: {drain: 300ms}")
	put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 800))
	p := m.start("run", "--once")
	m.underWay()
	p.signal(syscall.SIGHUP)
	if code := p.exit(); code != 128+int(syscall.SIGHUP) {
		t.Errorf("exit code %d, want 129: work was cut", code)
	}
}

// TestReloadTellsTheServiceManager: RELOADING with the time it began, then READY.
func TestReloadTellsTheServiceManager(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.sandbox()
	m.config()
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: m.path("notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	m.vars["NOTIFY_SOCKET"] = m.path("notify")
	p := m.start("run")
	heard := func(part string) string {
		t.Helper()
		if err := l.SetReadDeadline(time.Now().Add(deadline)); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 4096)
		for {
			n, err := l.Read(b)
			if err != nil {
				t.Fatalf("waiting for %s: %v\n%s", part, err, p.err.String())
			}
			if text := string(b[:n]); strings.Contains(text, part) {
				return text
			}
		}
	}
	heard("READY=1")
	p.signal(syscall.SIGHUP)
	if text := heard("RELOADING=1"); !strings.Contains(text, "\nMONOTONIC_USEC=") {
		t.Errorf("got %q", text)
	}
	heard("READY=1")
	m.config("upload: {concurrency: none}")
	p.signal(syscall.SIGHUP)
	heard("RELOADING=1")
	heard("READY=1") // with the old configuration
}
