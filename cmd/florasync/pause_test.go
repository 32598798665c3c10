package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestPause holds one folder back, over a restart, and for a time; the other goes on.
func TestPause(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	box := m.sandbox()
	other := m.mkdir("other")
	inbox := m.config("  - path: " + other + "\n    workspace: ws_test")
	m.run("run", "--once").must(0)
	m.run("pause", "--root", "inbox").must(0) // the record takes it without a daemon
	p := m.start("run")
	put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 700))
	put(t, filepath.Join(other, "b.png"), pictureBytes(2, 700))
	waits := func() {
		t.Helper()
		until(t, "one is ready, one waits", func() error {
			if c := m.totals(); c.Ready != 1 || c.Waiting != 1 {
				return fmt.Errorf("%+v", c)
			}
			return nil
		})
	}
	waits()
	m.run("status").must(0, "paused: inbox is paused", "florasync resume --root inbox")
	m.run("explain", filepath.Join(inbox, "a.png")).must(0, "nothing while paused", "florasync resume --root inbox")
	p.signal(syscall.SIGTERM)
	p.exit()
	p = m.start("run")
	p.says("root.watching")
	waits()
	m.run("pause", "--root", "inbox", "--for", "2s").must(0)
	if r := m.run("status").must(0); !strings.Contains(r.out, "paused until") && !strings.Contains(r.out, "1 h") && m.totals().Waiting > 0 {
		t.Errorf("the end of the pause is not shown:\n%s", r.out)
	}
	m.settled(2) // by itself
	box.onceEach(pictureBytes(1, 700), pictureBytes(2, 700))

	m.run("pause").must(0)
	put(t, filepath.Join(other, "c.png"), pictureBytes(3, 700))
	until(t, "it waits", func() error {
		if c := m.totals(); c.Waiting != 1 {
			return fmt.Errorf("%+v", c)
		}
		return nil
	})
	m.run("resume").must(0)
	m.settled(3)
	p.signal(syscall.SIGTERM)
	p.exit()

	// What is held back keeps a run that is to end from waiting for ever, and is said.
	m.run("pause").must(0)
	put(t, filepath.Join(inbox, "d.png"), pictureBytes(4, 700))
	began := time.Now()
	m.run("run", "--once", "--timeout", "40s").must(7, "paused")
	if time.Since(began) > 35*time.Second {
		t.Error("run --once waits for the end of a pause that has none")
	}
	m.run("upload", filepath.Join(inbox, "d.png"), "--timeout", "40s").must(7, "paused", "florasync resume")
	m.run("resume").must(0)
	m.run("run", "--once").must(0)
	box.onceEach(pictureBytes(1, 700), pictureBytes(2, 700), pictureBytes(3, 700), pictureBytes(4, 700))
}
