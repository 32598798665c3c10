package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestAKeyThatIsRotatedIsTakenUp: a refused key suspends and spoils nothing; the new one is taken up within seconds, in whatever way it came to be there.
func TestAKeyThatIsRotatedIsTakenUp(t *testing.T) {
	t.Parallel()
	for name, way := range map[string]struct {
		place, rotate func(m *machine, key string) error
	}{
		"WrittenInPlace": {
			func(m *machine, key string) error { return os.WriteFile(m.path("key"), []byte(key), 0o600) },
			func(m *machine, key string) error { return os.WriteFile(m.path("key"), []byte(key), 0o600) },
		},
		"ReplacedByRename": {
			func(m *machine, key string) error { return os.WriteFile(m.path("key"), []byte(key), 0o600) },
			func(m *machine, key string) error {
				if err := os.WriteFile(m.path("key.new"), []byte(key), 0o600); err != nil {
					return err
				}
				return os.Rename(m.path("key.new"), m.path("key"))
			},
		},
		"LinkSwapped": { // as Kubernetes mounts a secret: key → ..data/key, ..data → ..1
			func(m *machine, key string) error {
				m.write("..1/key", key)
				if err := os.Symlink("..1", m.path("..data")); err != nil {
					return err
				}
				return os.Symlink("..data/key", m.path("key"))
			},
			func(m *machine, key string) error {
				m.write("..2/key", key)
				if err := os.Symlink("..2", m.path("..tmp")); err != nil {
					return err
				}
				return os.Rename(m.path("..tmp"), m.path("..data"))
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			box := m.sandbox("--key", "sk_new")
			delete(m.vars, "FLORA_API_KEY")
			inbox := m.config("api: {key_file: " + m.path("key") + "}")
			if err := way.place(m, "sk_old"); err != nil {
				t.Fatal(err)
			}
			var contents [][]byte
			for i := range 20 {
				contents = append(contents, pictureBytes(uint64(i), 700+i))
				put(t, filepath.Join(inbox, fmt.Sprintf("p%02d.png", i)), contents[i])
			}
			p := m.start("run")
			p.says("api.suspended")
			m.run("status").must(0, "key_refused")
			if c := m.totals(); c.Failed+c.Skipped > 0 {
				t.Errorf("a refused key has spoiled rows: %+v", c)
			}
			began := time.Now()
			if err := way.rotate(m, "sk_new"); err != nil {
				t.Fatal(err)
			}
			p.says("api.resumed")
			if took := time.Since(began); took > 25*time.Second { // a look every 5 s; the probe alone would come after 30
				t.Errorf("taken up after %v", took)
			}
			m.settled(20)
			for _, it := range m.items() {
				if it["state"] != "ready" || it["attempts"] != 0.0 {
					t.Errorf("%v is %v after %v attempts", it["path"], it["state"], it["attempts"])
				}
			}
			p.signal(syscall.SIGTERM)
			if code := p.exit(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			if said := p.err.String() + p.out.String(); strings.Contains(said, "sk_old") || strings.Contains(said, "sk_new") {
				t.Error("a key is in the log")
			}
			box.onceEach(contents...)
			box.unbroken()
		})
	}
}
