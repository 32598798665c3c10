package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// inMounts runs the program once, in a mount namespace that nobody else sees, after a script has mounted what it wants there.
func (m *machine) inMounts(script string, args ...string) (out string, code int) {
	m.t.Helper()
	if os.Getuid() != 0 {
		m.t.Skip("only root can mount")
	}
	if out, err := exec.Command("unshare", "--mount", "--propagation", "private", "true").CombinedOutput(); err != nil {
		m.t.Skipf("mount namespaces are not to be had here: %v: %s", err, out)
	}
	cmd := exec.Command("unshare", append([]string{"--mount", "--propagation", "private", "sh", "-ec", script + "\n" + `exec "$0" "$@"`, binary}, args...)...)
	cmd.Dir = m.home
	cmd.Env = append(cmd.Env, m.environ()...)
	said, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		m.t.Fatal(err)
	}
	return string(said), cmd.ProcessState.ExitCode()
}

// TestMoveToAnotherFileSystemIsRefused: a rename does not cross file systems, nor mounts of the same one; `check` says so, and `run` does not begin to
// upload what it could not file away.
func TestMoveToAnotherFileSystemIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mount string
		code  int
	}{
		"TheSameFileSystem":     {"true", 0},
		"AnotherFileSystem":     {`mount -t tmpfs none "$HOME/done"`, 1},
		"AnotherMountOfTheSame": {`mount --bind "$HOME/done" "$HOME/done"`, 1},
		"TheFolderIsAMount":     {`mount -t tmpfs none "$HOME/inbox"`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			box := m.sandbox()
			done := m.mkdir("done")
			inbox := m.config("    after: move", "    move_to: "+done)
			put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 800))
			out, code := m.inMounts(c.mount, "check", "--offline")
			if code != c.code || (c.code != 0) != strings.Contains(out, "another file system") {
				t.Errorf("check: exit code %d, want %d: %s", code, c.code, out)
			}
			if c.code == 0 {
				return
			}
			if out, code = m.inMounts(c.mount, "run", "--once"); code != 2 || !strings.Contains(out, "another file system") {
				t.Errorf("run: exit code %d, want 2: %s", code, out)
			}
			if n := len(box.assets()); n != 0 {
				t.Errorf("%d assets", n)
			}
		})
	}
}

// TestMovedFilesThatCollide: what stands at the destination is never replaced, whoever put it there; each moved file is where the record says.
func TestMovedFilesThatCollide(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	box := m.sandbox()
	done := m.mkdir("done")
	inbox := m.config("    after: move", "    move_to: "+done)
	stranger := pictureBytes(99, 500)
	put(t, filepath.Join(done, "d/a.png"), stranger)
	var contents [][]byte
	for i := range 3 { // one version after the other under one name
		contents = append(contents, pictureBytes(uint64(i), 800+i))
		put(t, filepath.Join(inbox, "d/a.png"), contents[i])
		m.run("run", "--once").must(0)
	}
	box.onceEach(contents...)
	box.unbroken()
	want := map[string]string{"d/a.png": digest(stranger)}
	for i, c := range contents {
		want[fmt.Sprintf("d/a (%d).png", i+2)] = digest(c)
	}
	for name, sum := range want {
		if b, err := os.ReadFile(filepath.Join(done, name)); err != nil || digest(b) != sum {
			t.Errorf("%s: %v, or other bytes", name, err)
		}
	}
	for _, it := range m.items("--all") {
		to, _ := it["moved_to"].(string)
		if b, err := os.ReadFile(to); err != nil || digest(b) != it["sha256"] {
			t.Errorf("the record says that %v is at %q: %v", it["sha256"], to, err)
		}
	}
	if left, err := os.ReadDir(filepath.Join(inbox, "d")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
