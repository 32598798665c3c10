//go:build linux

package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// step is how long one step may take that takes seconds. It is long because the machine shares two cores with other tests.
const step = time.Minute

// world is the machine with what was done in it.
type world struct {
	*machine
	debs    []string          // two versions of the package, the older first
	rpms    []string          // the same as rpm
	dropped map[string][]byte // every file that was put into a watched folder and must get ready
}

// on has the world report to another test.
func (w *world) on(t *testing.T) *world {
	w.machine.t = t
	return w
}

// told prints the one line of a step.
func (w *world) told(format string, args ...any) {
	w.t.Helper()
	w.t.Logf(format, args...)
}

// picture returns bytes that pass for a PNG, different for each name.
func picture(name string, size int) []byte {
	var seed [32]byte
	copy(seed[:], name)
	b := make([]byte, size)
	_, _ = rand.NewChaCha8(seed).Read(b) // never fails
	copy(b, "\x89PNG\r\n\x1a\n")
	return b
}

// drop puts a file into a watched folder, as the service's own user, by a rename as well-behaved programs do.
func (w *world) drop(name string, size int) {
	w.t.Helper()
	content := picture(name, size)
	fresh := w.path("/srv/" + filepath.Base(name) + ".part")
	if err := os.WriteFile(fresh, content, 0o644); err != nil {
		w.t.Fatal(err)
	}
	uid, gid := w.owner("/var/lib/florasync")
	if err := os.Chown(fresh, uid, gid); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Rename(fresh, w.path(name)); err != nil {
		w.t.Fatal(err)
	}
	w.dropped[name] = content
}

// waitReady waits until files are ready.
func (w *world) waitReady(names ...string) {
	w.t.Helper()
	w.run(append([]string{"florasync", "wait", "--timeout", "90s"}, names...)...)
	for _, name := range names {
		if out := w.run("florasync", "explain", name); !strings.Contains(out, "ready") {
			w.t.Fatalf("%s is not ready:\n%s", name, out)
		}
	}
}

// property is one of the unit's properties as systemctl show has it.
func (w *world) property(name string) string {
	w.t.Helper()
	return strings.TrimSpace(w.run("systemctl", "show", "--property="+name, "--value", "florasync"))
}

// is fails the test unless properties have these values, given as NAME=VALUE.
func (w *world) is(pairs ...string) {
	w.t.Helper()
	for _, p := range pairs {
		name, want, _ := strings.Cut(p, "=")
		if got := w.property(name); got != want {
			w.t.Fatalf("%s is %q, want %q\n%s", name, got, want, w.journal(""))
		}
	}
}

// becomes waits until properties have these values.
func (w *world) becomes(pairs ...string) {
	w.t.Helper()
	for _, p := range pairs {
		name, want, _ := strings.Cut(p, "=")
		until(w.t, p, step, func() error {
			if got := w.property(name); got != want {
				return fmt.Errorf("it is %q\n%s", got, w.journal(""))
			}
			return nil
		})
	}
}

// cursor is where the journal ends now.
func (w *world) cursor() string {
	w.t.Helper()
	out := w.run("journalctl", "--quiet", "--show-cursor", "--lines=0")
	_, cursor, _ := strings.Cut(out, "cursor: ")
	return strings.TrimSpace(cursor)
}

// journal returns what the unit said after a cursor; "" is the last lines.
func (w *world) journal(cursor string) string {
	w.t.Helper()
	args := []string{"journalctl", "--quiet", "--output=cat", "--unit=florasync"}
	if cursor != "" {
		return w.run(append(args, "--after-cursor="+cursor)...)
	}
	return w.run(append(args, "--lines=20")...)
}

// says waits until the unit says each of the texts after a cursor.
func (w *world) says(cursor string, texts ...string) {
	w.t.Helper()
	until(w.t, fmt.Sprintf("the journal says %q", texts), step, func() error {
		said := w.journal(cursor)
		for _, text := range texts {
			if !strings.Contains(said, text) {
				return fmt.Errorf("no %q in\n%s", text, said)
			}
		}
		return nil
	})
}

// dropIn installs one of the packaged drop-ins, with edits (old, new, …), and has systemd read it.
func (w *world) dropIn(name string, edits ...string) {
	w.t.Helper()
	text := w.run("cat", "/usr/share/florasync/drop-ins/"+name)
	w.write("/etc/systemd/system/florasync.service.d/"+name, strings.NewReplacer(edits...).Replace(text), 0o644)
	w.run("systemctl", "daemon-reload")
}
