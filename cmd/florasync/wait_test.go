package main

import (
	"path/filepath"
	"testing"
)

// TestWaitEndsWhereNothingComes: a path of which no item will ever come is said at once, not waited for.
func TestWaitEndsWhereNothingComes(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.sandbox()
	inbox := m.config()
	put(t, filepath.Join(inbox, "sub", "a.png"), pictureBytes(1, 700))
	put(t, filepath.Join(inbox, "notes.txt"), []byte("words"))
	p := m.start("run")
	p.says("scan.finished")
	for name, says := range map[string]string{"": "a watched folder", "sub": "a folder", "notes.txt": "no pattern matches", "never.png": "no such file"} {
		m.run("wait", filepath.Join("inbox", name), "--timeout", "20s").must(1, says)
	}
	m.run("wait", "inbox/sub/a.png", "--timeout", "20s").must(0)
}
