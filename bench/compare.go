package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

const key = "sk_sandbox"

// The tools, by the names of the results.
const (
	theWire   = "wire"
	florasync = "florasync"
	theSDK    = "sdk"
)

// comparison runs tools on workloads, each run against a sandbox of its own.
type comparison struct {
	settings
	program  string
	sdk      string // the folder of the script, with its packages; empty: not to be had
	progress io.Writer
}

// job is one run of one tool.
type job struct {
	inbox, state, url string
}

// prepare has npm install what the SDK's script needs.
func (c *comparison) prepare(ctx context.Context) error {
	if !slices.Contains(c.tools, theSDK) {
		return nil
	}
	if _, err := exec.LookPath("npm"); err != nil {
		return fmt.Errorf("the SDK needs node and npm (leave it out: -tools wire,florasync): %w", err)
	}
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return fmt.Errorf("find the tree: %w", err)
	}
	c.sdk = filepath.Join(strings.TrimSpace(string(out)), ".ci", "sdk")
	install := exec.CommandContext(ctx, "npm", "ci", "--silent")
	install.Dir = c.sdk
	if out, err := install.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return nil
}

// compare runs the tools in turn, round after round, and returns a row for each.
func (c *comparison) compare(ctx context.Context, w workload) ([]row, error) {
	inbox := filepath.Join(c.dir, "inbox-"+w.Name)
	defer os.RemoveAll(inbox)
	if err := w.plant(inbox); err != nil {
		return nil, err
	}
	tools := slices.DeleteFunc(slices.Clone(c.tools), func(tool string) bool { return slices.Contains(w.without, tool) })
	samples := make(map[string][]sample)
	for round := range c.rounds {
		for i := range tools {
			tool := tools[(i+round)%len(tools)] // none is always the first on a warm cache
			s, err := c.one(ctx, tool, w, inbox)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", tool, err)
			}
			fmt.Fprintf(c.progress, "%s, round %d, %s: %.1f s, %.1f files/s\n", w.Name, round+1, tool, s.Took.Seconds(), float64(w.Files)/s.Took.Seconds())
			samples[tool] = append(samples[tool], s)
		}
	}
	return summarize(w, tools, samples), nil
}

// sample is what one run took.
type sample struct {
	usage
	Commits int64 // of the record
}

// one runs a tool on the files against a new sandbox, and makes sure that all became ready.
func (c *comparison) one(ctx context.Context, tool string, w workload, inbox string) (s sample, err error) {
	dir, err := os.MkdirTemp(c.dir, tool+"-")
	if err != nil {
		return s, err
	}
	defer os.RemoveAll(dir)
	flags := []string{"--faults", "latency=" + w.Latency.String()}
	if w.Latency == 0 {
		flags = nil
	}
	if !c.durable {
		flags = append(flags, "--no-sync")
	}
	server, err := serve(c.program, filepath.Join(dir, "flora"), flags...)
	if err != nil {
		return s, err
	}
	defer server.stop()
	j := job{inbox: inbox, state: filepath.Join(dir, "state"), url: server.url}
	switch tool {
	case theWire:
		s.usage, err = measure(c.bareClient(ctx, j))
	case florasync:
		s, err = c.florasync(ctx, j)
	case theSDK:
		s.usage, err = measure(c.script(ctx, j))
	default:
		err = fmt.Errorf("no such tool")
	}
	if err != nil {
		return s, err
	}
	return s, ready(server.url, w, tool == florasync)
}

func (c *comparison) bareClient(ctx context.Context, j job) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	return exec.CommandContext(ctx, self, wireCommand, "-base", j.url, "-key", key, "-concurrency", strconv.Itoa(c.concurrency), j.inbox)
}

func (c *comparison) script(ctx context.Context, j job) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "node", "bulk.mjs", j.url, key, strconv.Itoa(c.concurrency), j.inbox)
	cmd.Dir = c.sdk
	return cmd
}

// florasync runs `run --once`, with a record that has been used before: the first second of a new one is spent waiting, once in its life.
func (c *comparison) florasync(ctx context.Context, j job) (s sample, err error) {
	first := filepath.Join(filepath.Dir(j.state), "first")
	if err := os.MkdirAll(first, 0o755); err != nil {
		return s, err
	}
	if err := os.WriteFile(filepath.Join(first, warmUp), []byte(png), 0o600); err != nil {
		return s, err
	}
	if _, err := measure(c.once(ctx, first, j)); err != nil {
		return s, err
	}
	before, err := commits(j.state)
	if err != nil {
		return s, err
	}
	if s.usage, err = measure(c.once(ctx, j.inbox, j)); err != nil {
		return s, err
	}
	after, err := commits(j.state)
	s.Commits = after - before
	return s, err
}

// warmUp is the file that a record is used for before a run is measured.
const warmUp = "warm-up.png"

func (c *comparison) once(ctx context.Context, inbox string, j job) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.program, "run", "--once", "--watch", inbox, "--workspace", "ws_bench", "--state-dir", j.state,
		"--log-level", "error", "--concurrency", strconv.Itoa(c.concurrency))
	cmd.Env = append(os.Environ(), "FLORA_API_KEY="+key, "FLORA_BASE_URL="+j.url, "FLORASYNC_CONFIG=")
	return cmd
}

// commits reads the number of the record's last transaction: each commit has one, and two flushes.
func commits(state string) (int64, error) {
	db, err := bolt.Open(filepath.Join(state, "florasync.db"), 0o600, &bolt.Options{ReadOnly: true, Timeout: 5 * time.Second})
	if err != nil {
		return 0, err
	}
	defer db.Close()
	var n int64
	err = db.View(func(tx *bolt.Tx) error {
		n = int64(tx.ID())
		return nil
	})
	return n, err
}

// ready makes sure that FLORA holds each file of the workload as a ready asset, and that no rule of its was broken.
func ready(url string, w workload, warmed bool) error {
	var assets []struct {
		Name, Status string
		Size         int64
	}
	var violations []json.RawMessage
	origin := strings.TrimSuffix(url, "/api/v1")
	if err := get(origin+"/sandbox/assets", &assets); err != nil {
		return err
	}
	if err := get(origin+"/sandbox/violations", &violations); err != nil {
		return err
	}
	n, bytes := 0, int64(0)
	for _, a := range assets {
		if a.Status == "ready" && !(warmed && a.Name == warmUp) {
			n++
			bytes += a.Size
		}
	}
	if n != w.Files || bytes != w.Bytes || len(violations) > 0 {
		return fmt.Errorf("%d files of %d bytes are ready, want %d of %d; %d violations", n, bytes, w.Files, w.Bytes, len(violations))
	}
	return nil
}

func get(url string, into any) error {
	resp, err := http.Get(url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return json.NewDecoder(resp.Body).Decode(into)
}
