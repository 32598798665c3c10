package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestFirstMinutes is the first command of the README, and the same again.
func TestFirstMinutes(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.vars["FLORA_API_KEY"] = "sk_live_real"
	m.vars["FLORA_BASE_URL"] = "https://example.invalid/api/v1"
	p := m.start("run", "--sandbox", "--watch", "./inbox")
	for _, text := range []string{"no account", "FLORA_API_KEY is set and is ignored", "made, with a few sample pictures", "status --sandbox", "explain inbox/dawn.png --sandbox", "Ctrl-C"} {
		p.says(text)
	}
	m.settled(3, "--sandbox")
	_, after, _ := strings.Cut(p.err.String(), "http://")
	page, _, _ := strings.Cut(after, "/")
	box := &standIn{process: p, url: "http://" + page + "/api/v1"}
	first := box.ready()
	if len(first) != 3 {
		t.Fatalf("%d ready assets, want the three samples", len(first))
	}
	if resp, err := http.Get("http://" + page + "/"); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("the page it names: %v %v", resp, err)
	} else {
		resp.Body.Close()
	}
	m.run("status", "--sandbox").must(0, "inbox", "running")
	m.run("list", "--sandbox").must(0, "inbox:dawn.png")
	m.run("explain", "--sandbox", "inbox/dawn.png").must(0, "ready since", "req_")
	m.run("run", "--sandbox", "--watch", "./inbox").must(5, "watched already", fmt.Sprint(p.cmd.Process.Pid))
	m.run("pause", "--sandbox", "--root", "inbox").must(0) // every hint leads to the same record
	m.run("status", "--sandbox").must(0, "florasync resume --root inbox --sandbox")
	m.run("explain", "--sandbox", "inbox").must(0, "florasync status --sandbox")
	m.run("resume", "--sandbox").must(0)
	p.signal(syscall.SIGINT)
	if code := p.exit(); code != 0 {
		t.Fatalf("Ctrl-C: exit code %d\n%s", code, p.err.String())
	}
	if p.out.String() != "" {
		t.Errorf("stdout is for data, and run has none: %q", p.out.String())
	}
	m.run("status", "--sandbox").must(3, "not running")
	m.run("check", "--sandbox").must(0, "does not run now")
	m.run("list", "--sandbox", "--root", "nope").must(1, "nope")
	put(t, m.path("by hand.png"), pictureBytes(7, 500))
	m.run("upload", "--sandbox", "by hand.png").must(0, "ready") // the sandbox comes up for it

	put(t, m.path("inbox", "new.png"), pictureBytes(1, 900))
	again := m.start("run", "--sandbox", "--watch", "inbox/") // the same folder by another name
	again.says("http://" + page + "/")
	if strings.Contains(again.err.String(), "sample") {
		t.Errorf("a folder that is there got samples:\n%s", again.err.String())
	}
	m.settled(5, "--sandbox")
	second := box.ready()
	if len(second) != 5 {
		t.Errorf("%d ready assets after the restart, want 5", len(second))
	}
	for _, a := range first {
		found := false
		for _, b := range second {
			found = found || a.ID == b.ID && a.SHA256 == b.SHA256
		}
		if !found {
			t.Errorf("%s is gone after the restart", a.ID)
		}
	}
	box.unbroken()
	again.signal(syscall.SIGTERM)
	if code := again.exit(); code != 0 {
		t.Fatalf("SIGTERM: exit code %d\n%s", code, again.err.String())
	}
}

// TestSandboxWithoutSandbox says what to do.
func TestSandboxNeedsAFolder(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.run("run", "--sandbox").must(2, "--watch")
	m.run("status", "--sandbox").must(2, "run --sandbox --watch")
	m.write("file", "x")
	m.run("run", "--sandbox", "--watch", "file").must(2, "not a folder")
}

// TestHelp is what somebody sees who types something.
func TestHelp(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	r := m.run().must(0)
	if line, _, _ := strings.Cut(r.out, "\n"); !strings.Contains(line, "run --sandbox --watch ./inbox") {
		t.Errorf("the first line of the help is %q, want the sandbox command", line)
	}
	for _, c := range []string{"run", "upload", "status", "list", "wait", "explain", "retry", "forget", "pause", "resume", "reload", "loglevel", "check", "sandbox",
		"state", "state check", "state backup", "state restore", "state rename-root", "version", "completion", "man"} {
		r := m.run(append(strings.Fields(c), "--help")...).must(0)
		if !strings.Contains(r.out, "Usage:\n  florasync "+c) {
			t.Errorf("%s --help is not about it:\n%s", c, r.out)
		}
		if !strings.Contains(r.out, "Examples:") {
			t.Errorf("%s --help has no example", c)
		}
		if r.err != "" {
			t.Errorf("%s --help writes to stderr: %s", c, r.err)
		}
	}
	for _, c := range []struct{ typed, says string }{
		{"stats", "or status?"}, {"ls", "did you mean list"}, {"start", "did you mean"}, {"state chek", "did you mean check"}, {"nonsense", "--help"},
		{"run --sandbx", "unknown flag"}, {"run extra", "extra"}, {"list --state redy", "ready"}, {"list --since yesterday", "24h"},
		{"run --timeout 5s", "--once"}, {"run --once --timeout -1s", "above zero"}, {"pause --for -5s", "above zero"}, {"upload", "nothing to upload"}, {"retry", "--failed"}, {"retry --failed x.png", "--failed"}, {"forget", "--help"},
		{"explain", "--help"}, {"upload x --api-key k", "unknown flag"}, {"sandbox --listen 0.0.0.0:1", "loopback"},
		{"sandbox --faults x=1", "x=1"}, {"help nope", "unknown command"}, {"help state chek", "did you mean check"}, {"completion tcsh", "unknown command"},
		{"run --watch . --workspace ws_a --concurrency 99999999999999999999", "not between 1 and 256"}, {"run --watch . --workspace ws_a --concurrency x", "whole number"}, {"run --watch . --workspace ws_a --log-level loud", "loud"}, {"run --watch . --workspace ws_a --concurrency 0", "concurrency"},
	} {
		r := m.run(strings.Fields(c.typed)...).must(2, c.says)
		if r.out != "" || strings.Count(strings.TrimSpace(r.err), "\n") > 0 {
			t.Errorf("florasync %s: want one line on stderr, got %q and %q", c.typed, r.out, r.err)
		}
	}
	var v map[string]string
	if err := json.Unmarshal([]byte(m.run("version", "--json").must(0).out), &v); err != nil || v["version"] == "" {
		t.Errorf("version --json: %v %v", v, err)
	}
	if line := m.run("version").must(0, "florasync").out; m.run("--version").must(0).out != line {
		t.Errorf("--version says another thing than %q", line)
	}
	m.run("help", "state", "check").must(0, "Usage:\n  florasync state check")
	m.run("completion").must(0, "bash")
	for _, command := range []string{"explain", "retry", "forget", "wait", "upload"} {
		m.run(command, "").must(2, "empty path")
	}
	if _, err := os.Stat(m.path("state")); err == nil {
		t.Error("help and mistakes have left something in the state directory")
	}
}

// TestLongStateDir: a socket's path has 107 bytes at most, and the runtime directory of a session may be gone.
func TestLongStateDir(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	dir := m.path("it's", strings.Repeat("long", 40))
	p := m.start("run", "--sandbox", "--watch", "my pictures", "--state-dir", dir)
	p.says("explain 'my pictures/dawn.png' --sandbox --state-dir '" + strings.ReplaceAll(dir, "'", `'\''`) + "'")
	m.settled(3, "--sandbox", "--state-dir", dir)
	m.run("status", "--sandbox", "--state-dir", dir).must(0, "is running")
	m.mkdir("run")
	second := m.start("run", "--sandbox", "--watch", "other", "--state-dir", dir+"2")
	second.says("root.watching")
	m.run("status", "--sandbox", "--state-dir", dir+"2").must(0, "is running")
}
