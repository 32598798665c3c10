package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestSelectedByFlags retries and forgets by filter: with a count, all or nothing, and asked for where somebody can answer.
func TestSelectedByFlags(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	box := m.sandbox("--faults", "create.400=1")
	inbox := m.config()
	for i := range 3 {
		put(t, filepath.Join(inbox, fmt.Sprintf("%d.png", i)), pictureBytes(uint64(i), 700))
	}
	put(t, filepath.Join(inbox, "sub", "3.png"), pictureBytes(3, 700))
	m.run("run", "--once").must(1)

	m.run("retry", "--failed", "--under", "inbox/sub").must(0, "1 retried")
	m.run("retry", "--failed", "--root", "outbox").must(1, "outbox", "unknown")
	m.run("retry", "--state", "broken").must(2, "--state", "broken")
	m.run("retry", "--failed", "--state", "failed").must(2, "either")
	m.run("retry", "--root", "inbox", "inbox/0.png").must(2, "either")
	m.run("forget", "--failed", "inbox/0.png").must(2, "either")

	if err := os.Remove(filepath.Join(inbox, "0.png")); err != nil {
		t.Fatal(err)
	}
	m.run("forget", "--state", "failed").must(1, "still there", "and 1 more", "--upload-again")
	m.run("forget", "--state", "failed", "--yes").must(1, "still there")
	if c := m.totals(); c.Seen != 4 {
		t.Errorf("%+v: something was forgotten", c)
	}
	for i := 1; i < 3; i++ {
		if err := os.Remove(filepath.Join(inbox, fmt.Sprintf("%d.png", i))); err != nil {
			t.Fatal(err)
		}
	}
	m.run("forget", "--failed").must(2, "forget 3 files?", "--yes")
	if text := m.onTerminal("n\n", 0, "forget", "--failed"); !strings.Contains(text, "forget 3 files? [y/N]") {
		t.Errorf("asked: %q", text)
	}
	m.onTerminal("\n", 0, "forget", "--failed")
	if c := m.totals(); c.Seen != 4 {
		t.Errorf("%+v: something was forgotten without a yes", c)
	}
	if text := m.onTerminal("y\n", 0, "forget", "--failed"); !strings.Contains(text, "3 forgotten") {
		t.Errorf("told: %q", text)
	}
	if text := m.onTerminal("no\n", 0, "retry", "--root", "inbox"); !strings.Contains(text, "retry 1 files? [y/N]") || strings.Contains(text, "retried") {
		t.Errorf("asked: %q", text)
	}
	m.run("forget", "--root", "inbox", "--upload-again", "--yes").must(0, "1 forgotten")
	m.run("forget", "--root", "inbox").must(0, "0 forgotten")
	box.faults("")
	m.run("run", "--once").must(0)
	box.onceEach(pictureBytes(3, 700))
}

// onTerminal runs the program on a terminal of its own, where somebody types the answer, and returns what stood there.
func (m *machine) onTerminal(answer string, code int, args ...string) string {
	m.t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		m.t.Skip("no terminals here:", err)
	}
	defer ours.Close()
	if err := unix.IoctlSetPointerInt(int(ours.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		m.t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(ours.Fd()), unix.TIOCGPTN)
	if err != nil {
		m.t.Fatal(err)
	}
	theirs, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		m.t.Fatal(err)
	}
	if _, err := ours.WriteString(answer); err != nil {
		m.t.Fatal(err)
	}
	cmd := exec.Command(binary, args...)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = m.home, theirs, theirs, theirs
	cmd.Env = append(cmd.Env, m.environ()...)
	err = cmd.Run()
	if got := cmd.ProcessState.ExitCode(); got != code {
		m.t.Errorf("florasync %s: exit code %d, %v", strings.Join(args, " "), got, err)
	}
	theirs.Close()
	text := make([]byte, 64<<10)
	read := 0
	for {
		n, err := ours.Read(text[read:])
		read += n
		if err != nil || n == 0 { // EIO: nobody holds the other end any more
			return string(text[:read])
		}
	}
}
