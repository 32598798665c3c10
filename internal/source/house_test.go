package source

import (
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/florasync/florasync/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is a root in a temporary directory, with a place outside of it.
type house struct {
	*testing.T
	dir, outside string
	root         *Root
}

func newHouse(t *testing.T) *house {
	t.Helper()
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	h := &house{T: t, dir: filepath.Join(top, "root"), outside: filepath.Join(top, "outside")}
	h.must(os.Mkdir(h.dir, 0o755))
	h.must(os.Mkdir(h.outside, 0o755))
	h.must(os.WriteFile(filepath.Join(h.outside, "secret.jpg"), []byte("secret"), 0o644))
	h.root, err = New("inbox", h.dir)
	h.must(err)
	return h
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) path(p string) string { return filepath.Join(h.dir, p) }

func (h *house) write(p, content string) state.Fingerprint {
	h.Helper()
	h.must(os.MkdirAll(filepath.Dir(h.path(p)), 0o755))
	h.must(os.WriteFile(h.path(p), []byte(content), 0o644))
	return h.print(p)
}

func (h *house) print(p string) state.Fingerprint {
	h.Helper()
	e, err := h.root.Stat(state.Path(p))
	h.must(err)
	return e.Print
}

func (h *house) content(path string) string {
	h.Helper()
	b, err := os.ReadFile(path)
	h.must(err)
	return string(b)
}

// names lists a directory, hidden names too.
func (h *house) names(dir string) Names {
	h.Helper()
	names, err := h.root.Names(dir)
	h.must(err)
	return names
}
