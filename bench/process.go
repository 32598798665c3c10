package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// buildProgram builds florasync from the tree this program was built from.
func buildProgram(ctx context.Context, dir string) (string, error) {
	program := filepath.Join(dir, "florasync")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", program, "github.com/florasync/florasync/cmd/florasync")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build florasync: %w\n%s", err, out)
	}
	return program, nil
}

// usage is what a process took.
type usage struct {
	Took      time.Duration
	CPU       time.Duration // of the process, user and system
	Anonymous int64         // the most anonymous memory that was seen, in bytes
}

// measure runs a command to its end and watches it. Without success the error holds the end of what it said.
func measure(cmd *exec.Cmd) (usage, error) {
	var u usage
	var said strings.Builder
	if cmd.Stdout == nil {
		cmd.Stdout = &said
	}
	cmd.Stderr = &said
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return u, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }() // ends with the process
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			u.Took = time.Since(began)
			u.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			if err != nil {
				text := said.String()
				return u, fmt.Errorf("%s: %w\n%s", filepath.Base(cmd.Path), err, text[max(0, len(text)-4000):])
			}
			return u, nil
		case <-tick.C:
			u.Anonymous = max(u.Anonymous, rssAnon(cmd.Process.Pid))
		}
	}
}

// rssAnon reads a process's anonymous memory, in bytes: proc(5), status.
func rssAnon(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kb, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kb << 10
		}
	}
	return 0
}

// server is a sandbox process.
type server struct {
	url string
	cmd *exec.Cmd
	out io.Reader
}

// serve starts a sandbox that keeps its assets in dir.
func serve(program, dir string, flags ...string) (*server, error) {
	cmd := exec.Command(program, append([]string{"sandbox", "--listen", "127.0.0.1:0", "--dir", dir}, flags...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewReader(out)
	url, err := lines.ReadString('\n')
	s := &server{url: strings.TrimSpace(url), cmd: cmd, out: lines}
	if err != nil {
		s.stop()
		return nil, fmt.Errorf("the sandbox gave no URL: %w", err)
	}
	return s, nil
}

func (s *server) stop() {
	_ = s.cmd.Process.Signal(os.Interrupt)
	_, _ = io.Copy(io.Discard, s.out)
	_ = s.cmd.Wait()
}
