package main

import (
	"bytes"
	"cmp"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is a run of the program.
type process struct {
	t        *testing.T
	args     []string
	cmd      *exec.Cmd
	out, err buffer
	done     chan struct{}
	code     int // after done; 128+n for a signal that killed it
}

// buffer is a bytes.Buffer that may be read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// start starts the program in the home. It is killed when the test ends, if it still runs then.
func (m *machine) start(args ...string) *process {
	m.t.Helper()
	return m.startWith("", args...)
}

func (m *machine) startWith(stdin string, args ...string) *process {
	m.t.Helper()
	p := &process{t: m.t, args: args, cmd: exec.Command(binary, args...), done: make(chan struct{})}
	p.cmd.Dir = cmp.Or(m.dir, m.home)
	p.cmd.Env = []string{"PWD=" + p.cmd.Dir} // as a shell does
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = strings.NewReader(stdin), &p.out, &p.err
	p.cmd.Env = append(p.cmd.Env, m.environ()...)
	if m.uid != 0 {
		p.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: m.uid, Gid: m.uid}}
	}
	m.begin(p)
	return p
}

// begin starts what is prepared, and sees to its end.
func (m *machine) begin(p *process) {
	m.t.Helper()
	if err := p.cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	go p.wait()
	m.t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it may have ended
		<-p.done
		if strings.Contains(p.err.String(), "DATA RACE") {
			m.t.Errorf("florasync %s:\n%s", strings.Join(p.args, " "), p.err.String())
		}
	})
}

// wait is owned by the process; done says that it has ended.
func (p *process) wait() {
	defer close(p.done)
	err := p.cmd.Wait()
	var exit *exec.ExitError
	if p.code = p.cmd.ProcessState.ExitCode(); errors.As(err, &exit) && p.code < 0 {
		p.code = 128 + int(exit.Sys().(syscall.WaitStatus).Signal())
	}
}

// signal sends a signal; a process that has ended is no error.
func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatal(err)
	}
}

// exit waits for the end and returns the exit code.
func (p *process) exit() int {
	p.t.Helper()
	select {
	case <-p.done:
		return p.code
	case <-time.After(deadline):
		said := p.out.String() + p.err.String()
		p.signal(syscall.SIGQUIT) // its goroutines tell where it hangs
		<-p.done
		p.t.Fatalf("florasync %s does not end:\n%s\n%s", strings.Join(p.args, " "), said, strings.TrimPrefix(p.err.String(), said))
		return -1
	}
}

// says waits until stdout or stderr hold a text.
func (p *process) says(text string) {
	p.t.Helper()
	until(p.t, "florasync says "+text, func() error {
		if strings.Contains(p.out.String(), text) || strings.Contains(p.err.String(), text) {
			return nil
		}
		select {
		case <-p.done:
			p.t.Fatalf("florasync %s ended with %d and never said %q:\n%s%s", strings.Join(p.args, " "), p.code, text, p.out.String(), p.err.String())
		default:
		}
		return errors.New(p.out.String() + p.err.String())
	})
}

// result is what a finished run left.
type result struct {
	t        *testing.T
	args     []string
	code     int
	out, err string
}

// run runs the program to its end.
func (m *machine) run(args ...string) result {
	m.t.Helper()
	return m.runWith("", args...)
}

func (m *machine) runWith(stdin string, args ...string) result {
	m.t.Helper()
	p := m.startWith(stdin, args...)
	code := p.exit()
	return result{m.t, args, code, p.out.String(), p.err.String()}
}

// must fails the test unless the exit code is code and stderr, or stdout, holds the texts.
func (r result) must(code int, texts ...string) result {
	r.t.Helper()
	if r.code != code {
		r.t.Fatalf("florasync %s: exit code %d, want %d\nstdout: %s\nstderr: %s", strings.Join(r.args, " "), r.code, code, r.out, r.err)
	}
	for _, text := range texts {
		if !strings.Contains(r.err+r.out, text) {
			r.t.Errorf("florasync %s does not say %q\nstdout: %s\nstderr: %s", strings.Join(r.args, " "), text, r.out, r.err)
		}
	}
	return r
}

// until polls a condition until it holds.
func until(t *testing.T, what string, cond func() error) {
	t.Helper()
	end := time.Now().Add(deadline)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := cond()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: not within %s: %v", what, deadline, err)
		}
		<-tick.C
	}
}
