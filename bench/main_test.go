// Package bench measures the built program against the sandbox: `make bench`. With -short everything is small, so that CI can see that it still runs; its
// numbers mean nothing then.
package bench

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

var program string

func TestMain(m *testing.M) { os.Exit(build(m)) }

func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "florasync-bench-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "florasync")
	if out, err := exec.Command("go", "build", "-o", program, "../cmd/florasync").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%s%v\n", out, err)
		return 1
	}
	return m.Run()
}

// scale returns n, or small with -short.
func scale(n, small int) int {
	if testing.Short() {
		return small
	}
	return n
}

// sandbox starts a sandbox process and returns its base URL.
func sandbox(b *testing.B, flags ...string) string {
	b.Helper()
	cmd := exec.Command(program, append([]string{"sandbox", "--listen", "127.0.0.1:0", "--dir", filepath.Join(b.TempDir(), "flora")}, flags...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait()
	})
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(url)
}

// once runs `run --once` and returns how long it took and its peak of anonymous memory, in bytes.
func once(b *testing.B, inbox, state, url string) (took time.Duration, anonymous int64) {
	b.Helper()
	cmd := exec.Command(program, "run", "--once", "--watch", inbox, "--workspace", "ws_bench", "--state-dir", state, "--log-level", "error")
	cmd.Env = append(os.Environ(), "FLORA_API_KEY=sk_sandbox", "FLORA_BASE_URL="+url, "FLORASYNC_CONFIG=")
	var log strings.Builder
	cmd.Stderr = &log
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if err != nil {
				b.Fatalf("run --once: %v\n%s", err, log.String())
			}
			return time.Since(began), anonymous
		case <-tick.C:
			anonymous = max(anonymous, rssAnon(cmd.Process.Pid))
		}
	}
}

// rssAnon reads a process's anonymous memory: proc(5), status.
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
