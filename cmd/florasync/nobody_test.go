package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// nobody is a user for whom rights mean something, and who owns nothing here but what a test gives him.
const nobody = 65534

// asNobody has the program run as nobody from here on, who may read what is in the home. It wants root, and a sandbox and a configuration that are there
// already.
func (m *machine) asNobody() {
	m.t.Helper()
	if os.Getuid() != 0 {
		m.t.Skip("only root can be another user")
	}
	m.uid = nobody
	for path, mode := range map[string]os.FileMode{m.home: 0o755, m.path("config/florasync/florasync.yaml"): 0o644} {
		if err := os.Chmod(path, mode); err != nil {
			m.t.Fatal(err)
		}
	}
	own(m.t, m.mkdir("state"))
}

// own gives nobody a file, or a folder and all below it.
func own(t *testing.T, path string) {
	t.Helper()
	err := filepath.WalkDir(path, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, nobody, nobody)
	})
	if err != nil {
		t.Fatal(err)
	}
}
