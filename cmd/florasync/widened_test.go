package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestWatchedFolderIsWidened: the configuration names the folder around a watched one in its place, at the next start or by a reload, and then one inside of that
// again: the files are where they were, and nothing of them is uploaded again.
func TestWatchedFolderIsWidened(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	box := m.sandbox()
	inbox := m.config()
	outer := filepath.Join(m.mkdir("outer"), "pictures", "old")
	text, err := os.ReadFile(m.path("config/florasync/florasync.yaml"))
	if err == nil {
		err = os.MkdirAll(outer, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	watch := func(folder string) {
		m.write("config/florasync/florasync.yaml", strings.Replace(string(text), inbox, folder, 1))
	}
	a, b := pictureBytes(1, 800), pictureBytes(2, 900)
	watch(outer)
	put(t, filepath.Join(outer, "a.png"), a)
	put(t, filepath.Join(outer, "below", "b.png"), b)
	m.run("run", "--once").must(0)
	watch(m.path("outer"))
	m.run("run", "--once").must(0)
	box.onceEach(a, b)
	watch(filepath.Join(outer, "below"))
	m.run("run", "--once").must(0)
	watch(m.path("outer", "pictures"))
	p := m.start("run")
	standing := func(root string) func() error {
		return func() error {
			for _, it := range m.items() {
				if it["root"] != root {
					return fmt.Errorf("%v stands in %v", it["path"], it["root"])
				}
			}
			return nil
		}
	}
	until(t, "the scan of pictures", standing("pictures"))
	watch(m.path("outer"))
	m.run("reload").must(0)
	until(t, "the scan of outer", standing("outer"))
	p.signal(syscall.SIGTERM)
	if code := p.exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	box.onceEach(a, b)
	m.run("state", "check").must(0, "sound")
}
