package watcher

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/florasync/florasync/state"
)

// nobody is a user without privileges: root reads everything and may take a lease on any file.
const nobody = 65534

// asNobody runs the test again without privileges, when it has them. It reports true in the run that has none.
func asNobody(t *testing.T) bool {
	t.Helper()
	if os.Geteuid() != 0 {
		return true
	}
	dir, err := os.MkdirTemp("", "florasync")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	binary := filepath.Join(dir, "watcher.test")
	for _, err := range []error{copyFile(os.Args[0], binary), os.Chmod(dir, 0o755), os.Mkdir(filepath.Join(dir, "tmp"), 0o777),
		os.Chmod(filepath.Join(dir, "tmp"), 0o777), os.WriteFile(filepath.Join(dir, "foreign.jpg"), []byte("x"), 0o644)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), binary, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TMPDIR="+filepath.Join(dir, "tmp"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("without privileges: %v\n%s", err, out)
	}
	return false
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Close()
}

func TestUnreadableThenReadable(t *testing.T) {
	if !asNobody(t) {
		return
	}
	h := newHouse(t)
	h.mkdir("closed/sub")
	h.write("closed/sub/a.jpg", "1")
	h.must(os.Chmod(h.path("closed"), 0))
	t.Cleanup(func() { _ = os.Chmod(h.path("closed"), 0o755) })
	h.record.paths["closed/known.jpg"] = state.Sighting{Path: "closed/known.jpg", Print: written(1)}
	h.scanned()
	h.write("b.jpg", "2")
	h.must(os.Chmod(h.path("b.jpg"), 0))
	h.until("both blocked", func() bool { return h.status().Blocked == 2 })
	for _, b := range h.status().BlockedPaths {
		if b.Why != "permission denied" {
			t.Errorf("%+v", b)
		}
	}
	if got := h.record.here(); len(got) != 1 || got[0] != "closed/known.jpg" {
		t.Errorf("here %q: what cannot be read is not gone", got)
	}
	if s := h.status(); s.State != Live {
		t.Errorf("status %+v", s)
	}
	if n := len(h.observer.of(state.FileBlocked)); n != 2 {
		t.Errorf("said %d times, want once for each", n)
	}
	h.must(os.Chmod(h.path("closed"), 0o755))
	h.must(os.Chmod(h.path("b.jpg"), 0o644))
	h.hasExactly("b.jpg", "closed/sub/a.jpg")
	h.until("nothing blocked", func() bool { return h.status().Blocked == 0 })
}

func TestLeaseDeniedFallsBack(t *testing.T) {
	t.Parallel() // it waits for the quiet time without a probe to pass
	if !asNobody(t) {
		return
	}
	foreign, err := filepath.Abs("foreign.jpg")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Skip("only root can give a file away: run as root")
	}
	h := newHouse(t)
	h.must(os.RemoveAll(h.dir))
	h.dir = filepath.Dir(foreign)
	h.cfg.Include = []string{"foreign.jpg"}
	began := time.Now()
	h.scanned()
	if got := h.record.here(); len(got) != 0 && time.Since(began) < quietNoProbe/2 {
		t.Errorf("here %q after %v, although nobody can say who writes", got, time.Since(began))
	}
	if why := h.w.Explain("inbox", "foreign.jpg"); why.Waiting != WaitsQuiet {
		t.Errorf("why %+v", why)
	}
	h.hasExactly("foreign.jpg")
	if took := time.Since(began); took < quietNoProbe-5*time.Second {
		t.Errorf("told after %v", took)
	}
}

func TestRootUnreadable(t *testing.T) {
	if !asNobody(t) {
		return
	}
	h := newHouse(t)
	h.must(os.Chmod(h.dir, 0))
	t.Cleanup(func() { _ = os.Chmod(h.dir, 0o755) })
	h.start()
	h.until("said", func() bool { return len(h.observer.of(state.RootOfflineSeen)) == 1 })
	if s := h.status(); s.State != Offline || s.Reason != state.RootUnreadable {
		t.Errorf("status %+v", s)
	}
	h.must(os.Chmod(h.dir, 0o755))
	h.write("a.jpg", "1")
	h.hasExactly("a.jpg")
}
