//go:build linux

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// guide is the document whose blocks the machine follows.
const guide = "docs/install.md"

// builtAsDocumented runs the blocks of the guide that make something of the sources.
func builtAsDocumented(w *world) {
	n := 0
	for _, b := range blocks(w.t, guide) {
		if b.how != "run: here" {
			continue
		}
		cmd := exec.Command("bash", "-euo", "pipefail", "-c", b.text)
		cmd.Dir = repository
		cmd.Env = append(os.Environ(), "VERSION=0.0.1", "DESTDIR="+w.t.TempDir())
		must(w.t, cmd)
		n++
	}
	w.told("%d blocks of %s that build", n, guide)
}

// asDocumented runs the blocks of the guide for an administrator, as they stand there, on a machine that has no florasync.
func asDocumented(w *world) {
	for name := range w.dropped {
		if err := os.RemoveAll(w.path(name)); err != nil {
			w.t.Fatal(err)
		}
	}
	text, err := os.ReadFile(w.debs[1])
	if err != nil {
		w.t.Fatal(err)
	}
	w.run("mkdir", "-m", "700", "/root/guide") // as /root is where an operator stands: the service may not enter it
	w.write("/root/guide/"+filepath.Base(w.debs[1]), string(text), 0o644)
	w.write("/root/guide/picture.png", string(picture("documented", 3000)), 0o644)
	for _, unit := range []string{"florasync.service", "florasync@.service"} {
		w.write("/etc/systemd/system/"+unit+".d/sandbox.conf", environment, 0o644)
	}
	w.run("systemctl", "daemon-reload")
	w.serveSandbox("sk_live_XXXX") // the guide's
	n := 0
	for _, b := range blocks(w.t, guide) {
		if b.how != "run: machine" {
			continue
		}
		r := w.try("env", "--chdir=/root/guide", "FLORA_BASE_URL=http://"+sandboxAddr+"/api/v1", "bash", "-euo", "pipefail", "-c", b.text)
		if r.code != 0 {
			w.t.Fatalf("%s:%d: exit code %d\n%s\n%s%s", b.file, b.line, r.code, b.text, tail(r.out), tail(r.err))
		}
		if strings.Contains(b.text, "florasync explain") && !strings.Contains(r.out, "ready since") {
			w.t.Errorf("%s:%d: the picture is not ready:\n%s", b.file, b.line, r.out)
		}
		n++
	}
	w.dropped["documented"] = picture("documented", 3000)
	w.onceEach()
	w.told("%d blocks of %s, as they stand there: from apt install to apt purge", n, guide)
}
