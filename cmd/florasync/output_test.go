package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestAFullDeviceIsSaid: what cannot be printed is no success, whichever command prints it.
func TestAFullDeviceIsSaid(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full here:", err)
	}
	defer full.Close()
	m := newMachine(t)
	inbox := m.recorded()
	p := m.start("run")
	p.says("root.watching")
	a := filepath.Join(inbox, "a.png")
	for _, args := range [][]string{{"status"}, {"status", "--json"}, {"list"}, {"list", "--json"}, {"list", "--csv"}, {"explain", a}, {"explain", "--json", a}, {"version"},
		{"version", "--json"}, {"--version"}, {"upload", a}, {"upload", "--json", a}, {"check"}, {"check", "--json"}, {"retry", "--failed"}, {"reload"}, {"reload", "--json"},
		{"state", "check"}, {"man"}, {"completion", "bash"}, {"help"}, {"run", "--help"}} {
		cmd := exec.Command(binary, args...)
		cmd.Env = append(cmd.Env, m.environ()...)
		var said strings.Builder
		cmd.Stdout, cmd.Stderr = full, &said
		err := cmd.Run()
		if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(said.String(), "no space left on device") {
			t.Errorf("florasync %s: exit code %d, %v: %q", strings.Join(args, " "), code, err, said.String())
		}
	}
}

// TestFollowEndsWithItsReader: `list --follow | head -1` must not linger until the next file settles, which may be never.
func TestFollowEndsWithItsReader(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.recorded()
	for _, args := range [][]string{{"list", "--follow", "--json"}, {"list", "--follow"}, {"status", "--follow", "--json"}, {"status", "--follow"}} {
		cmd := exec.Command(binary, args...)
		cmd.Env = append(cmd.Env, m.environ()...)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line == "" {
			t.Errorf("%v: %q, %v", args, line, err)
		}
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case <-ended: // well, or by the signal of a write that nobody reads
		case <-time.After(deadline):
			t.Errorf("florasync %s lingers without a reader", strings.Join(args, " "))
			_ = cmd.Process.Kill()
			<-ended
		}
	}
}

// TestStatusFollowOutlivesADaemon: it goes on while florasync stops and starts.
func TestStatusFollowOutlivesADaemon(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.sandbox()
	m.config()
	p := m.start("run")
	p.says("root.watching")
	f := m.start("status", "--follow", "--json")
	starts := func() map[any]bool {
		seen := map[any]bool{}
		text := f.out.String()
		for _, v := range objects(t, text[:strings.LastIndex(text, "\n")+1]) {
			seen[v["started_at"]] = true
		}
		return seen
	}
	shows := func(n int) {
		t.Helper()
		until(t, fmt.Sprintf("%d states of florasync", n), func() error {
			if got := starts(); len(got) != n {
				return fmt.Errorf("%v %s", got, f.err.String())
			}
			return nil
		})
	}
	shows(1)
	p.signal(syscall.SIGINT)
	p.exit()
	shows(2) // null
	m.start("run").says("root.watching")
	shows(3)
	f.signal(syscall.SIGINT)
	if code := f.exit(); code != 0 {
		t.Errorf("exit code %d: %s", code, f.err.String())
	}
}
