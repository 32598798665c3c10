//go:build linux

package e2e

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestReadme runs the shell blocks of the README as somebody would who has just cloned the repository: in a copy of it, with a home of their own. What
// stays up is interrupted once a file is ready. The folder that a real user would have, /srv/inbox, is a temporary one, and FLORA the sandbox.
func TestReadme(t *testing.T) {
	home, inbox := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(inbox, "a.png"), picture("readme", 3000), 0o644); err != nil {
		t.Fatal(err)
	}
	clone := filepath.Join(home, "florasync")
	copyTree(t, repository, clone)
	// -trimpath: what was built here once is not built again for the copy.
	env := append(os.Environ(), "HOME="+home, "XDG_STATE_HOME=", "XDG_CONFIG_HOME=", "FLORASYNC_CONFIG=", "GOPROXY=off", "GOFLAGS=-trimpath")
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} {
		env = append(env, name+"="+strings.TrimSpace(must(t, exec.Command("go", "env", name))))
	}
	program := filepath.Join(home, "program")
	must(t, exec.Command("go", "build", "-trimpath", "-o", program, repository+"/cmd/florasync"))
	flora := start(t, home, env, `exec "$0" sandbox --listen 127.0.0.1:0 --key sk_live_XXXX --dir sandbox`, program)
	flora.says("/api/v1\n")
	url, _, _ := strings.Cut(flora.said.String(), "\n")
	ran := 0
	for _, b := range blocks(t, "README.md") {
		if b.how != "run: here" {
			continue
		}
		ran++
		text := strings.ReplaceAll(b.text, "/srv/inbox", inbox)
		p := start(t, clone, append(env, "FLORA_BASE_URL="+url), text)
		stays := strings.Contains(text, " run ")
		if stays {
			p.says("asset.ready")
			p.interrupt()
			p.says("daemon.stopping")
		}
		// The go command itself answers an interrupt with 1, however well the program ended.
		if err := p.end(); err != nil && !(stays && strings.HasPrefix(text, "go run ")) {
			t.Errorf("%s:%d: %v\n%s\n%s", b.file, b.line, err, text, p.said.String())
		}
	}
	if ran == 0 {
		t.Error("no block was run")
	}
}

// copyTree copies the sources of a repository: not its history, and nothing that was built.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, err := filepath.Rel(from, path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || below == "bin" || below == "dist" || below == "inbox" || d.Name() == "node_modules"):
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, below), 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, below), content, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// shell is a block that runs. What it starts is a group of processes of its own.
type shell struct {
	t     *testing.T
	cmd   *exec.Cmd
	said  console
	ended chan error
}

// start runs a text with bash. What is left of it is killed when the test ends.
func start(t *testing.T, dir string, env []string, text string, args ...string) *shell {
	t.Helper()
	s := &shell{t: t, cmd: exec.Command("bash", append([]string{"-euo", "pipefail", "-c", text}, args...)...), ended: make(chan error, 1)}
	s.cmd.Dir, s.cmd.Env = dir, env
	s.cmd.Stdout, s.cmd.Stderr = &s.said, &s.said
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { // ends with the process, which the clean-up ends
		s.ended <- s.cmd.Wait()
		close(s.ended)
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) // it may have ended
		for range s.ended {
		}
	})
	return s
}

// says waits until the block prints a text. Compiling is among what it does.
func (s *shell) says(text string) {
	s.t.Helper()
	until(s.t, text, 3*time.Minute, func() error {
		if said := s.said.String(); !strings.Contains(said, text) {
			return errors.New(tail(said))
		}
		return nil
	})
}

// interrupt is Ctrl-C.
func (s *shell) interrupt() {
	s.t.Helper()
	if err := syscall.Kill(-s.cmd.Process.Pid, syscall.SIGINT); err != nil {
		s.t.Fatal(err)
	}
}

// end waits for the end of the block.
func (s *shell) end() error {
	select {
	case err := <-s.ended:
		return err
	case <-time.After(step):
		return errors.New("it does not end")
	}
}
