package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestFollowGoesOn follows the list across a restart of the daemon, and with a cursor across one of its own.
func TestFollowGoesOn(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.sandbox()
	inbox := m.config()
	p := m.start("run")
	p.says("root.watching")
	f := m.start("list", "--follow", "--json")
	lines := func(p *process) []map[string]any { return objects(t, p.out.String()) }
	await := func(p *process, n int) {
		t.Helper()
		until(t, fmt.Sprintf("%d lines follow", n), func() error {
			if got := strings.Count(p.out.String(), "\n"); got < n {
				return fmt.Errorf("%d lines, %s", got, p.err.String())
			}
			return nil
		})
	}
	for i := range 4 {
		put(t, filepath.Join(inbox, fmt.Sprintf("a%d.png", i)), pictureBytes(uint64(i), 400))
	}
	await(f, 4)
	p.signal(syscall.SIGTERM)
	if code := p.exit(); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	for i := range 3 {
		put(t, filepath.Join(inbox, fmt.Sprintf("b%d.png", i)), pictureBytes(uint64(10+i), 400))
	}
	p = m.start("run")
	await(f, 7)
	f.signal(syscall.SIGINT)
	if code := f.exit(); code != 0 {
		t.Errorf("Ctrl-C ends --follow with %d: %s", code, f.err.String())
	}
	seen := lines(f)
	for i, v := range seen {
		cursor, ok := v["cursor"].(string)
		if !ok {
			t.Fatalf("line %d has no cursor: %v", i, v)
		}
		if i != 2 {
			continue
		}
		rest := m.start("list", "--follow", "--json", "--after", cursor)
		await(rest, 4)
		for j, w := range lines(rest) {
			if w["id"] != seen[i+1+j]["id"] {
				t.Errorf("after the cursor of line %d comes %v, want %v", i, w["id"], seen[i+1+j]["id"])
			}
		}
	}
	m.run("list", "--json", "--after", "nonsense").must(2, "cursor")
	p.signal(syscall.SIGTERM)
	p.exit()
	m.run("list", "--json", "--after", "nonsense").must(2, "cursor")
}
