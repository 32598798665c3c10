package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// small is a disk of its own for the state of one daemon: a tmpfs in a mount namespace that nobody else sees.
type small struct {
	*process
	m     *machine
	state string
}

// noDisk says why no disk of its own can be had here, "" when it can.
func noDisk() string {
	if os.Getuid() != 0 {
		return "only root can mount a disk of its own"
	}
	for _, tool := range []string{"unshare", "nsenter", "mount"} {
		if _, err := exec.LookPath(tool); err != nil {
			return "no disk of its own without " + tool
		}
	}
	if out, err := exec.Command("unshare", "--mount", "--propagation", "private", "true").CombinedOutput(); err != nil {
		return fmt.Sprintf("mount namespaces are not to be had here: %v: %s", err, out)
	}
	return ""
}

// startSmall starts the daemon with its state on a disk of so many bytes.
func (m *machine) startSmall(size int) *small {
	m.t.Helper()
	if why := noDisk(); why != "" {
		if os.Getenv("CI") != "" {
			m.t.Fatal(why) // nobody would see that this was not tested
		}
		m.t.Skip(why)
	}
	s := &small{m: m, state: m.mkdir("state/florasync")}
	script := fmt.Sprintf(`mount -t tmpfs -o size=%d,mode=0700 none "$0" && exec "$@"`, size)
	args := []string{"--mount", "--propagation", "private", "sh", "-c", script, s.state, binary, "run"}
	p := &process{t: m.t, args: args, cmd: exec.Command("unshare", args...), done: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = m.home, &p.out, &p.err
	p.cmd.Env = append(p.cmd.Env, m.environ()...)
	m.begin(p)
	s.process = p
	return s
}

// inside runs a command where the daemon's disk is seen.
func (s *small) inside(args ...string) (string, int) {
	s.t.Helper()
	cmd := exec.Command("nsenter", append([]string{"-t", fmt.Sprint(s.cmd.Process.Pid), "--mount", "sh", "-c", `cd "$0" && exec "$@"`, s.m.home}, args...)...)
	cmd.Env = append(cmd.Env, s.m.environ()...)
	var said buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	if len(out) == 0 {
		out = []byte(said.String())
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// disk is where the daemon's state directory can be reached from outside its namespace.
func (s *small) disk(name string) string {
	return filepath.Join(fmt.Sprintf("/proc/%d/root", s.cmd.Process.Pid), s.state, name)
}

// fill writes until nothing more goes in.
func (s *small) fill() {
	s.t.Helper()
	f, err := os.Create(s.disk("ballast"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	for page := make([]byte, 4096); err == nil; {
		_, err = f.Write(page)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		s.t.Fatal(err)
	}
}

// reasons asks the daemon what stops work.
func (s *small) reasons() []string {
	s.t.Helper()
	out, code := s.inside(binary, "status", "--json")
	var v struct{ Reasons []struct{ Code string } }
	if err := json.Unmarshal([]byte(out), &v); err != nil || code != 0 {
		s.t.Fatalf("status: exit code %d, %v: %s", code, err, out)
	}
	var codes []string
	for _, r := range v.Reasons {
		codes = append(codes, r.Code)
	}
	return codes
}

func (s *small) blockedBy(want ...string) {
	s.t.Helper()
	until(s.t, fmt.Sprintf("blocked by %v", want), func() error {
		if got := s.reasons(); fmt.Sprint(got) != fmt.Sprint(want) {
			return fmt.Errorf("blocked by %v: %s", got, s.err.String())
		}
		return nil
	})
}

// TestStateDiskFullInTheMiddle: the daemon says once that there is no room, takes nothing new, answers, and goes on by itself when there is room again; what
// was under way then becomes one ready asset like everything else. Then the disk turns read-only while it is full.
func TestStateDiskFullInTheMiddle(t *testing.T) {
	t.Parallel()
	for name, readOnly := range map[string]bool{"Full": false, "FullThenReadOnly": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			box := m.sandbox("--faults", "latency=20ms")
			inbox := m.config()
			var contents [][]byte
			drop := func(n int) {
				for range n {
					i := len(contents)
					contents = append(contents, pictureBytes(uint64(i), 1000+i))
					put(t, filepath.Join(inbox, fmt.Sprintf("d%d/p%03d.png", i%5, i)), contents[i])
				}
			}
			drop(120)
			s := m.startSmall(6 << 20)
			until(t, "the work is under way", func() error {
				if n := len(box.ready()); n < 20 {
					return fmt.Errorf("%d ready: %s", n, s.err.String())
				}
				return nil
			})
			s.fill()
			drop(200)
			s.blockedBy("disk_full")
			if out, code := s.inside(binary, "reload"); code != 1 || !strings.Contains(out, "nothing was changed: disk_full") {
				t.Errorf("a reload on a full disk: exit code %d: %s", code, out)
			}
			if readOnly {
				// A mount in which the daemon has just opened its record for writing cannot become read-only: EBUSY, mount(2).
				const script = `mount --bind "$0" "$0" && { mount -o remount,bind,ro "$0" || { umount -l "$0"; exit 1; }; }`
				until(t, "a read-only mount", func() error {
					if out, code := s.inside("sh", "-c", script, s.state); code != 0 {
						return errors.New(out)
					}
					return nil
				})
				s.blockedBy("state_unwritable")
			}
			made := len(box.assets())
			for range 5 { // it answers, again and again, and asks FLORA for nothing new
				if out, code := s.inside(binary, "list", "--json"); code != 0 {
					t.Errorf("list: exit code %d: %s", code, out)
				}
			}
			if n := len(box.assets()); n > made+4 {
				t.Errorf("%d reservations while nothing could be recorded", n-made)
			}
			if n := strings.Count(s.err.String(), `"state.unwritable"`); n != 1 {
				t.Errorf("said %d times that it cannot write:\n%s", n, s.err.String())
			}
			if readOnly {
				if out, code := s.inside("mount", "-o", "remount,bind,rw", s.state); code != 0 {
					t.Fatal(out)
				}
			}
			if err := os.Remove(s.disk("ballast")); err != nil {
				t.Fatal(err)
			}
			until(t, "everything is ready", func() error {
				if n := len(box.ready()); n < len(contents) {
					return fmt.Errorf("%d of %d ready", n, len(contents))
				}
				return nil
			})
			s.blockedBy()
			if out, code := s.inside(binary, "state", "check"); code != 0 {
				t.Errorf("state check: exit code %d: %s", code, out)
			}
			s.signal(syscall.SIGTERM)
			if code := s.exit(); code != 0 {
				t.Errorf("exit code %d\n%s", code, s.err.String())
			}
			box.onceEach(contents...)
			box.unbroken()
			if n := strings.Count(s.err.String(), `"state.opened"`); n != 1 {
				t.Errorf("said %d times that it goes on", n)
			}
			if n := strings.Count(s.err.String(), "\n"); n > 2*len(contents) {
				t.Errorf("%d log lines for %d files", n, len(contents))
			}
		})
	}
}

// TestStateDiskFullAtTheStart: a daemon with a record starts on a full disk, since nobody would start it again when there is room; one that has to make its
// record says what is missing, and not that its configuration is wrong.
func TestStateDiskFullAtTheStart(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.sandbox()
	m.config()
	s := m.startSmall(6 << 20)
	s.says("root.watching")
	if out, code := s.inside(binary, "run", "--once", "--state-dir", filepath.Join(s.state, "second")); code != 0 {
		t.Fatalf("with room: exit code %d: %s", code, out)
	}
	s.fill()
	if out, code := s.inside(binary, "run", "--once", "--state-dir", filepath.Join(s.state, "second")); code != 0 || !strings.Contains(out, "no space left") {
		t.Errorf("without room: exit code %d: %s", code, out)
	}
	if out, code := s.inside(binary, "run", "--once", "--state-dir", filepath.Join(s.state, "third")); code != 1 || !strings.Contains(out, "make room") {
		t.Errorf("without a record: exit code %d, want 1: %s", code, out)
	}
}

// TestStateDiskFullAtTheEnd: what was under way ends while nothing can be recorded. The stop says so, with the record and the cure, and is not called well; the
// next run, with room, goes on.
func TestStateDiskFullAtTheEnd(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	box := m.sandbox("--faults", "latency=20ms")
	inbox := m.config()
	s := m.startSmall(6 << 20)
	s.says("root.watching")
	kept, err := os.Open(s.disk(".")) // the disk outlives its namespace, and whoever looks into it
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	s.fill()
	contents := putMany(t, inbox, 300)
	s.blockedBy("disk_full")
	s.signal(syscall.SIGTERM)
	code, said := s.exit(), s.err.String()
	last := said[strings.LastIndex(strings.TrimSpace(said), "\n")+1:]
	if code != 7 || !strings.Contains(last, s.state+"/florasync.db") || !strings.Contains(last, "no space left") || !strings.Contains(last, "make room") {
		t.Errorf("exit code %d, want 7, and the record and the cure\n%s", code, last)
	}
	from := fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), kept.Fd())
	if err := os.Remove(filepath.Join(from, "ballast")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(s.state, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	m.run("run", "--once").must(0)
	box.onceEach(contents...)
	box.unbroken()
}
