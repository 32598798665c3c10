package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMoveToThatVanishes: the folder for what is ready goes away, or its rights do, while florasync runs: one line names it and the cure, status has the reason while
// it lasts, no other folder waits, and what was held back is moved by itself.
func TestMoveToThatVanishes(t *testing.T) {
	t.Parallel()
	back := func(dir string) error { return errors.Join(os.Mkdir(dir, 0o755), os.Chown(dir, nobody, nobody)) }
	for name, c := range map[string]struct {
		away, back func(dir string) error
		says       []string
	}{
		"Removed": {os.Remove, back,
			[]string{"no such file or directory", "make it, or mount what belongs there"}},
		"Shut": {func(dir string) error { return os.Chmod(dir, 0) }, func(dir string) error { return os.Chmod(dir, 0o755) }, []string{"permission denied", "write to"}},
		"ReplacedByAFile": {func(dir string) error { return errors.Join(os.Remove(dir), os.WriteFile(dir, nil, 0o644)) },
			func(dir string) error { return errors.Join(os.Remove(dir), back(dir)) }, []string{"not a directory", "make it, or mount what belongs there"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			box := m.sandbox()
			done, second := m.mkdir("done"), m.mkdir("second")
			inbox := m.config("    after: move", "    move_to: "+done, "  - path: "+second, "    workspace: ws_test")
			m.asNobody()
			for _, dir := range []string{inbox, done, second} {
				own(t, dir)
			}
			p := m.start("run")
			p.says("root.watching")
			if err := c.away(done); err != nil {
				t.Fatal(err)
			}
			var contents [][]byte
			for i, path := range []string{filepath.Join(inbox, "a.png"), filepath.Join(inbox, "below/b.png"), filepath.Join(second, "c.png")} {
				contents = append(contents, pictureBytes(uint64(i), 700+i))
				put(t, path, contents[i])
				own(t, filepath.Dir(path))
			}
			p.says(`"reason":"move_denied"`)
			m.settled(3)
			m.run("status", "--exit-code").must(1, append(c.says, "move_denied: inbox: ", done)...)
			m.run("explain", filepath.Join(inbox, "a.png")).must(0, append(c.says, done, "ready since", "but: ", "another attempt at")...)
			if n := strings.Count(p.err.String(), `"event":"file.kept"`); n != 1 {
				t.Errorf("said %d times\n%s", n, p.err.String())
			}
			if err := c.back(done); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"a.png", "below/b.png"} {
				until(t, name+" is moved", func() error { _, err := os.Stat(filepath.Join(done, name)); return err })
			}
			m.run("status", "--exit-code").must(0)
			box.onceEach(contents...)
			box.unbroken()
		})
	}
}

// TestMoveDeniedEndsWithItsRule: a reload that asks for no move any more leaves nothing to be denied.
func TestMoveDeniedEndsWithItsRule(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	box := m.sandbox()
	inbox := m.config("    after: move", "    move_to: "+m.path("nowhere"))
	put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 700))
	p := m.start("run")
	p.says(`"reason":"move_denied"`)
	m.run("reload").must(0)
	m.run("status", "--exit-code").must(1, "move_denied") // nothing is mended by that
	m.config()
	m.run("reload").must(0, "watch[inbox].after")
	m.run("status", "--exit-code").must(0)
	box.onceEach(pictureBytes(1, 700))
}
