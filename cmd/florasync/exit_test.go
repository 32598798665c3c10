package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestExitCodes produces each exit code as it comes about in life.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	t.Run("LockedByAnotherRun", func(t *testing.T) {
		t.Parallel()
		m := newMachine(t)
		m.sandbox()
		inbox := m.config()
		p := m.start("run")
		p.says("root.watching")
		second := m.run("run").must(5, fmt.Sprint(p.cmd.Process.Pid), "--state-dir")
		if second.out != "" {
			t.Errorf("stdout: %q", second.out)
		}
		m.run("state", "check").must(0, "sound")
		put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 800))
		m.run("wait", "inbox/a.png", "--timeout", "30s").must(0)
		m.run("status").must(0)
		p.signal(syscall.SIGTERM)
		if code := p.exit(); code != 0 {
			t.Errorf("SIGTERM with nothing to do: exit code %d\n%s", code, p.err.String())
		}
		m.run("status").must(3)
		m.run("upload", "--no-wait", "inbox/a.png").must(3, "daemon")
	})
	t.Run("StaleBeacon", func(t *testing.T) {
		t.Parallel()
		m := newMachine(t)
		m.sandbox()
		m.config()
		p := m.start("run")
		p.says("root.watching")
		until(t, "the beacon", func() error { _, err := os.Stat(m.path("state/florasync/daemon.json")); return err })
		p.signal(syscall.SIGKILL)
		p.exit()
		m.run("status").must(3, "not running")
		m.run("list").must(0)
		m.run("run", "--once").must(0)
	})
	t.Run("Damaged", func(t *testing.T) {
		t.Parallel()
		m := newMachine(t)
		m.sandbox()
		inbox := m.config()
		put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 800))
		m.run("run", "--once").must(0)
		record := m.path("state/florasync/florasync.db")
		whole, err := os.ReadFile(record)
		if err != nil {
			t.Fatal(err)
		}
		// The file is longer than what is used of it: only a cut into the used pages loses something.
		for name, damage := range map[string][]byte{"no record": []byte(strings.Repeat("nothing of the kind\n", 2000)), "truncated": whole[:12<<10], "short": whole[:100],
			"zeroed": make([]byte, len(whole))} {
			if err := os.WriteFile(record, damage, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{{"run", "--once"}, {"list"}, {"status"}, {"state", "check"}, {"explain", "inbox/a.png"}, {"run", "--dry-run"}} {
				r := m.run(args...)
				if r.code != 6 || !strings.Contains(r.err, "florasync.db") || strings.Contains(r.err, "goroutine") {
					t.Errorf("%s: florasync %s: exit code %d, want 6 and the name of the record\n%s", name, strings.Join(args, " "), r.code, r.err)
				}
			}
			if now, err := os.ReadFile(record); err != nil || string(now) != string(damage) {
				t.Errorf("%s: the damaged record was changed: %v", name, err)
			}
		}
		if err := os.WriteFile(record, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		m.run("state", "check").must(0)
		m.run("state", "backup", "copy.db").must(0)
		m.run("state", "backup", "copy.db").must(1, "copy.db", "exists")
	})
	t.Run("KeyRefused", func(t *testing.T) {
		t.Parallel()
		m := newMachine(t)
		m.sandbox("--key", "sk_another")
		inbox := m.config()
		put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 800))
		m.run("run", "--once").must(4, "key_refused")
		m.run("upload", "inbox/a.png").must(4, "key_refused")
		m.run("check").must(4, "refused")
		m.run("list", "--state", "failed").must(0)
		if c := m.totals(); c.Waiting != 1 || c.Failed != 0 {
			t.Errorf("a refused key has spoiled a row: %+v", c)
		}
		m.vars["FLORA_API_KEY"] = "sk_another"
		m.run("run", "--once").must(0)
	})
	t.Run("PaymentRequired", func(t *testing.T) {
		t.Parallel()
		m := newMachine(t)
		box := m.sandbox("--faults", "create.402=1")
		inbox := m.config()
		put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 800))
		m.run("run", "--once").must(4, "payment_required")
		box.faults("")
		m.run("run", "--once").must(0)
		box.unbroken()
	})
	t.Run("Unreachable", func(t *testing.T) {
		t.Parallel()
		m := newMachine(t)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		m.vars["FLORA_API_KEY"], m.vars["FLORA_BASE_URL"] = "sk_test", "http://"+l.Addr().String()+"/api/v1"
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		inbox := m.config()
		put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 800))
		m.run("run", "--once", "--timeout", "3s").must(7, "api_down", "goes on")
		m.run("upload", "inbox/a.png", "--timeout", "2s").must(7)
		m.run("check").must(1, "refused") // the connection is
		if c := m.totals(); c.Waiting != 1 {
			t.Errorf("%+v, want the file kept", c)
		}
		m.run("wait", "inbox/a.png").must(3, "no daemon")
		p := m.start("run")
		p.says("api.down")
		m.run("wait", "inbox/a.png", "--timeout", "1s").must(7)
		m.run("status", "--exit-code").must(1, "api_down")
		m.run("status").must(0, "api_down")
		p.signal(syscall.SIGTERM)
		if code := p.exit(); code != 0 {
			t.Errorf("SIGTERM while FLORA is away: exit code %d, want 0: nothing was cut", code)
		}
		box := m.sandbox()
		m.run("run", "--once").must(0)
		box.onceEach(pictureBytes(1, 800))
	})
	t.Run("SomeFailed", func(t *testing.T) {
		t.Parallel()
		m := newMachine(t)
		box := m.sandbox("--faults", "create.400=1")
		inbox := m.config()
		put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 800))
		m.run("run", "--once").must(1, "list --state failed")
		m.run("run", "--once").must(1) // also from an earlier run
		m.run("list", "--state", "failed").must(0, "a.png")
		m.run("explain", "inbox/a.png").must(0, "failed", "retry")
		m.run("wait", "inbox/a.png").must(1, "failed")
		box.faults("")
		m.run("retry", "--failed").must(0, "1 retried")
		m.run("run", "--once").must(0)
		box.onceEach(pictureBytes(1, 800))
	})
	for name, sig := range map[string]syscall.Signal{"Interrupted": syscall.SIGINT, "Terminated": syscall.SIGTERM} {
		t.Run(name+"Twice", func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			box := m.sandbox("--faults", "post.storage_hang=1")
			inbox := m.config()
			put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 800))
			p := m.start("run")
			m.underWay()
			p.signal(sig)
			p.says("daemon.stopping")
			p.signal(sig)
			if code := p.exit(); code != 128+int(sig) {
				t.Errorf("exit code %d, want %d\n%s", code, 128+int(sig), p.err.String())
			}
			box.faults("")
			m.run("run", "--once").must(0)
			box.onceEach(pictureBytes(1, 800))
			box.unbroken()
		})
	}
	t.Run("DrainedInTime", func(t *testing.T) {
		t.Parallel()
		m := newMachine(t)
		box := m.sandbox("--faults", "latency=700ms")
		inbox := m.config()
		put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 800))
		p := m.start("run")
		m.underWay()
		p.signal(syscall.SIGINT)
		if code := p.exit(); code != 0 {
			t.Errorf("exit code %d, want 0 after a drain\n%s", code, p.err.String())
		}
		m.run("run", "--once").must(0)
		box.onceEach(pictureBytes(1, 800))
	})
	t.Run("DrainCutShort", func(t *testing.T) {
		t.Parallel()
		m := newMachine(t)
		m.sandbox("--faults", "post.storage_hang=1")
		inbox := m.config("upload: {drain: 300ms}")
		put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 800))
		p := m.start("run")
		m.underWay()
		p.signal(syscall.SIGTERM)
		if code := p.exit(); code != 143 {
			t.Errorf("exit code %d, want 143: work was cut\n%s", code, p.err.String())
		}
	})
}

// TestABrokenDiskIsNoWrongConfiguration: after exit code 2 no service manager starts florasync again, and a state directory elsewhere would know of nothing that
// was uploaded.
func TestABrokenDiskIsNoWrongConfiguration(t *testing.T) {
	open := func(errno syscall.Errno) error {
		return fmt.Errorf("open record: %w", &fs.PathError{Op: "open", Path: "florasync.db", Err: errno})
	}
	for errno, want := range map[syscall.Errno]struct {
		code int
		cure string
	}{
		syscall.EIO:    {exitFailed, "look at its disk"},
		syscall.ENOSPC: {exitFailed, "make room"},
		syscall.EACCES: {exitUsage, "--state-dir"},
	} {
		err := lockHolder(t.TempDir(), open(errno))
		code, e := codeOf(err), (*exit)(nil)
		if errors.As(err, &e) {
			code = e.code
		}
		if code != want.code || !strings.Contains(err.Error(), want.cure) {
			t.Errorf("%v: exit code %d, %v; want %d, %q", errno, code, err, want.code, want.cure)
		}
	}
}
