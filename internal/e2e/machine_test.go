//go:build linux

package e2e

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// bootTimeout is how long a boot or a halt may take. Measured: 2 s on two idle cores.
const bootTimeout = time.Minute

// machine is a Debian under systemd-nspawn, with a network of its own.
type machine struct {
	t    *testing.T
	root string // its file system, seen from here

	nspawn  *exec.Cmd
	console *console
	ended   chan error
	leader  int // process id, on the host, of its init
}

// console keeps what a process prints, and may be read meanwhile. It is written by exec's goroutine, which Wait waits for.
type console struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.buf.Write(p)
}

func (c *console) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.buf.String()
}

// boot starts the machine and returns when its start-up is over: nspawn passes on what its init tells, sd_notify(3).
func (m *machine) boot() {
	m.t.Helper()
	path := filepath.Join(m.t.TempDir(), "notify")
	heard, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		m.t.Fatal(err)
	}
	defer heard.Close()
	m.console, m.ended = &console{}, make(chan error, 1)
	m.nspawn = exec.Command("systemd-nspawn", "--quiet", "--boot", "--directory="+m.root, "--machine=florasync-e2e-"+strconv.Itoa(os.Getpid()),
		"--keep-unit", "--register=no", "--private-network", "--notify-ready=yes", "--link-journal=no", "--resolv-conf=off", "--timezone=off", "--console=pipe")
	m.nspawn.Env = append(os.Environ(), "NOTIFY_SOCKET="+path)
	m.nspawn.Stdout, m.nspawn.Stderr = m.console, m.console
	m.nspawn.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} // asks it to end the machine
	if err := m.nspawn.Start(); err != nil {
		m.t.Fatal(err)
	}
	nspawn, ended := m.nspawn, m.ended
	go func() { ended <- nspawn.Wait() }() // owned by the machine: halt and reboot receive it
	m.leader = 0
	if err := heard.SetReadDeadline(time.Now().Add(bootTimeout)); err != nil {
		m.t.Fatal(err)
	}
	for buf := make([]byte, 4096); ; {
		n, err := heard.Read(buf)
		if err != nil {
			m.t.Fatalf("the machine does not come up: %v\n%s", err, tail(m.console.String()))
		}
		ready := false
		for line := range strings.Lines(string(buf[:n])) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			switch {
			case name == "X_NSPAWN_LEADER_PID":
				m.leader, _ = strconv.Atoi(value)
			case name == "READY" && value == "1":
				ready = true
			}
		}
		if ready && m.leader > 0 {
			return
		}
	}
}

// rebooted is nspawn's exit code when the machine asked for a reboot and somebody else is to start it again.
const rebooted = 133

// reboot has the machine reboot and returns when it is up again.
func (m *machine) reboot() {
	m.t.Helper()
	m.run("systemctl", "--no-block", "reboot")
	var code *exec.ExitError
	if err := m.over(); !errors.As(err, &code) || code.ExitCode() != rebooted {
		m.t.Fatalf("a reboot ended with %v\n%s", err, tail(m.console.String()))
	}
	m.boot()
}

// halt ends the machine, in whatever state it is.
func (m *machine) halt() {
	if m.nspawn == nil || m.ended == nil {
		return
	}
	if m.leader > 0 {
		_ = syscall.Kill(m.leader, syscall.SIGKILL) // and with an init all that runs below it; nspawn killed alone would leave it behind
	}
	_ = m.nspawn.Process.Kill()
	<-m.ended
	m.ended = nil
}

// over waits until nspawn has ended.
func (m *machine) over() error {
	m.t.Helper()
	select {
	case err := <-m.ended:
		m.ended = nil
		return err
	case <-time.After(bootTimeout):
		m.t.Fatalf("the machine does not go down\n%s", tail(m.console.String()))
		return nil
	}
}

// path is a path of the machine, seen from here.
func (m *machine) path(name string) string { return filepath.Join(m.root, name) }

// result is what a command printed, and how it ended.
type result struct {
	out, err string
	code     int
}

// try runs a command as root in the machine.
func (m *machine) try(args ...string) result {
	m.t.Helper()
	enter := []string{"--target", strconv.Itoa(m.leader), "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd", "--",
		"/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"}
	cmd := exec.Command("nsenter", append(enter, args...)...)
	var out, diagnosis bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &diagnosis
	err := cmd.Run()
	var code *exec.ExitError
	if err != nil && !errors.As(err, &code) {
		m.t.Fatalf("%s: %v", strings.Join(args, " "), err)
	}
	return result{out.String(), diagnosis.String(), cmd.ProcessState.ExitCode()}
}

// run runs a command as root in the machine, which must end well, and returns what it printed.
func (m *machine) run(args ...string) string {
	m.t.Helper()
	r := m.try(args...)
	if r.code != 0 {
		m.t.Fatalf("%s: exit code %d\n%s%s", strings.Join(args, " "), r.code, tail(r.out), tail(r.err))
	}
	return r.out
}

// write writes a file of root's into the machine.
func (m *machine) write(name, text string, mode os.FileMode) {
	m.t.Helper()
	if err := os.MkdirAll(filepath.Dir(m.path(name)), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(m.path(name), []byte(text), mode); err != nil {
		m.t.Fatal(err)
	}
}

// until asks again and again until the answer is well. The machine is another one: there is nothing to wait on but its answers.
func until(t *testing.T, what string, limit time.Duration, ask func() error) {
	t.Helper()
	var err error
	for end := time.Now().Add(limit); ; {
		if err = ask(); err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s: %v", limit, what, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
