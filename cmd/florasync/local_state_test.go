package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const recordName = "state/florasync/florasync.db"

// putMany puts so many pictures into a folder and folders below it.
func putMany(t *testing.T, inbox string, n int) (contents [][]byte) {
	t.Helper()
	for i := range n {
		contents = append(contents, pictureBytes(uint64(i), 3000+i))
		put(t, filepath.Join(inbox, fmt.Sprintf("d%d/p%02d.png", i%3, i)), contents[i])
	}
	return contents
}

// TestBackupAndCheckOfALiveDaemon: the daemon answers for its record while it works; the copy opens, and is as good as one made at rest.
func TestBackupAndCheckOfALiveDaemon(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	box := m.sandbox("--faults", "latency=20ms")
	contents := putMany(t, m.config(), 60)
	p := m.start("run")
	until(t, "the work is under way", func() error {
		if n := len(box.ready()); n < 10 {
			return fmt.Errorf("%d ready", n)
		}
		return nil
	})
	m.run("state", "check").must(0, "sound")
	for _, v := range objects(t, m.run("state", "check", "--json").must(0).out) {
		if n, ok := v["rows"].(float64); !ok || n < 10 {
			t.Errorf("check --json: %v", v)
		}
	}
	m.run("state", "backup", "copy.db").must(0)
	m.run("state", "backup", "copy.db").must(1, "copy.db", "exists")
	st, err := os.Stat(m.path("copy.db"))
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the copy: %v, %v", st.Mode(), err)
	}
	m.run("state", "backup", "none/copy.db").must(1, "none")
	m.run("state", "restore", "copy.db").must(5, fmt.Sprint(p.cmd.Process.Pid))
	m.run("state", "rename-root", "inbox", "pictures").must(5, fmt.Sprint(p.cmd.Process.Pid))
	m.settled(60)
	p.signal(syscall.SIGTERM)
	if code := p.exit(); code != 0 {
		t.Errorf("exit code %d\n%s", code, p.err.String())
	}
	if left, err := filepath.Glob(m.path("*backup-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if left, err := filepath.Glob(m.path("state/florasync/.florasync-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}

	// What was uploaded after the copy was made is adopted, not uploaded twice: the keys and the digests tell.
	m.run("state", "restore", "copy.db").must(0, "restored")
	m.run("run", "--once", "--timeout", "40s").must(0)
	box.onceEach(contents...)
	box.unbroken()
	m.run("state", "check").must(0, "sound")
	if got := m.totals(); got.Seen != 60 || got.Ready != 60 {
		t.Errorf("totals: %+v", got)
	}
}

// TestASecondDaemonIsRefused: with the holder's name, and the first one does not notice.
func TestASecondDaemonIsRefused(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	box := m.sandbox("--faults", "latency=20ms")
	contents := putMany(t, m.config(), 30)
	p := m.start("run")
	p.says("root.watching")
	for range 2 {
		m.run("run").must(5, fmt.Sprint("process ", p.cmd.Process.Pid), "--state-dir")
		m.run("run", "--once").must(5, fmt.Sprint(p.cmd.Process.Pid))
	}
	m.settled(30)
	m.run("status").must(0)
	p.signal(syscall.SIGTERM)
	if code := p.exit(); code != 0 {
		t.Errorf("the first one ended with %d\n%s", code, p.err.String())
	}
	if n := strings.Count(p.err.String(), "state."); n != 0 {
		t.Errorf("the first one noticed:\n%s", p.err.String())
	}
	box.onceEach(contents...)
}

// damage writes over all pages of the record but the two that say where the others are: whoever reads or writes one next meets it.
func (m *machine) damage() {
	m.t.Helper()
	f, err := os.OpenFile(m.path(recordName), os.O_WRONLY, 0)
	if err != nil {
		m.t.Fatal(err)
	}
	st, err := f.Stat()
	if err == nil {
		_, err = f.WriteAt([]byte(strings.Repeat("\xa5", int(st.Size())-8192)), 8192)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		m.t.Fatal(err)
	}
}

// TestARecordDamagedInADrain: the last commit meets it, and the stop is not called well.
func TestARecordDamagedInADrain(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.sandbox("--faults", "latency=700ms")
	put(t, filepath.Join(m.config(), "a.png"), pictureBytes(1, 900))
	p := m.start("run")
	m.underWay()
	p.signal(syscall.SIGTERM)
	p.says("daemon.stopping")
	m.damage()
	said := func() string { return p.err.String() }
	if code := p.exit(); code != 6 || !strings.Contains(said(), m.path(recordName)+": ") || !strings.Contains(said(), "put a backup in its place") {
		t.Errorf("exit code %d, want 6, the record and the cure\n%s", code, said())
	}
}

// TestARecordDamagedWhileItIsInUse: the daemon says so, ends with 6, and leaves the file as it is; so does each command after it.
func TestARecordDamagedWhileItIsInUse(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.sandbox()
	inbox := m.config()
	for i := range 40 {
		put(t, filepath.Join(inbox, fmt.Sprintf("p%02d.png", i)), pictureBytes(uint64(i), 900+i))
	}
	p := m.start("run")
	m.settled(40)
	m.damage()
	before, err := os.ReadFile(m.path(recordName))
	if err != nil {
		t.Fatal(err)
	}
	m.run("state", "check").must(6)
	put(t, filepath.Join(inbox, "another.png"), pictureBytes(77, 1200))
	if code := p.exit(); code != 6 {
		t.Errorf("exit code %d\n%s", code, p.err.String())
	}
	if n := strings.Count(p.err.String(), "state.damaged"); n != 1 || strings.Contains(p.err.String(), "goroutine ") {
		t.Errorf("said %d times that it is damaged:\n%s", n, p.err.String())
	}
	for _, args := range [][]string{{"run", "--once"}, {"state", "check"}, {"list"}} {
		m.run(args...).must(6, "florasync.db")
	}
	if after, err := os.ReadFile(m.path(recordName)); err != nil || string(after) != string(before) {
		t.Errorf("the damaged record was changed: %v", err)
	}
}

// TestARecordThatIsTakenAway: what a daemon writes into a file that stands nowhere is lost with it, so it ends, and says why.
func TestARecordThatIsTakenAway(t *testing.T) {
	t.Parallel()
	for name, taken := range map[string]string{"Removed": "was removed", "Replaced": "was replaced"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			box := m.sandbox()
			inbox := m.config()
			content := pictureBytes(1, 700)
			put(t, filepath.Join(inbox, "a.png"), content)
			p := m.start("run")
			m.settled(1)
			if err := os.Rename(m.path(recordName), m.path("aside.db")); err != nil {
				t.Fatal(err)
			}
			if name == "Replaced" {
				put(t, m.path(recordName), []byte("another"))
			}
			if code := p.exit(); code != 6 || !strings.Contains(p.err.String(), taken) || !strings.Contains(p.err.String(), "state.damaged") {
				t.Errorf("exit code %d, want 6 and %q\n%s", code, taken, p.err.String())
			}
			if err := os.Rename(m.path("aside.db"), m.path(recordName)); err != nil {
				t.Fatal(err)
			}
			m.run("run", "--once").must(0)
			box.onceEach(content)
		})
	}
}
