//go:build linux

package e2e

import (
	"os"
	"path/filepath"
	"strings"
)

// asRPM is the life of the other package: Debian's own rpm installs it, whose scripts and rules for configuration are the same as elsewhere. What it needs is
// there, but no rpm says so: --nodeps. Not tried is what other systems bring: dnf, SELinux.
func asRPM(w *world) {
	w.installRPM("--install", w.rpms[0])
	w.is("ActiveState=inactive", "UnitFileState=disabled", "LoadState=loaded")
	uid, gid := w.owner(configuration)
	if st, err := os.Stat(w.path(configuration)); err != nil || st.Mode().Perm() != 0o640 || uid != 0 || gid == 0 {
		w.t.Errorf("the configuration: %v, owner %d:%d, error %v; want 0640 root:florasync", st.Mode(), uid, gid, err)
	}
	if r := w.try("rpm", "--verify", "--nodeps", "florasync"); strings.Contains(r.out, "/usr/") || strings.Contains(r.out, "missing") {
		w.t.Errorf("what was installed is not what the package holds:\n%s", r.out)
	}
	w.write("/etc/systemd/system/florasync.service.d/sandbox.conf", environment, 0o644)
	w.run("install", "-d", "-o", "florasync", "/srv/rpm")
	const mine = "watch:\n  - {path: /srv/rpm, workspace: ws_rpm}\n"
	w.write(configuration, mine, 0o640)
	w.run("install", "-m", "640", "-g", "florasync", "/dev/null", "/etc/florasync/api-key")
	w.write("/etc/florasync/api-key", "sk_live_XXXX\n", 0o640)
	w.run("systemctl", "enable", "--now", "florasync")
	w.drop("/srv/rpm/a.png", 2000)
	w.waitReady("/srv/rpm/a.png")

	pid := w.property("MainPID")
	w.installRPM("--upgrade", w.rpms[1])
	w.is("ActiveState=active", "UnitFileState=enabled")
	if w.property("MainPID") == pid {
		w.t.Error("after the upgrade the old program still runs")
	}
	if out := w.run("florasync", "version"); !strings.Contains(out, "0.0.2") {
		w.t.Errorf("version: %s", out)
	}
	if text := w.run("cat", configuration); text != mine {
		w.t.Errorf("the upgrade changed the configuration to\n%s", text)
	}
	w.drop("/srv/rpm/b.png", 2000)
	w.waitReady("/srv/rpm/b.png")
	w.erased(mine)

	// Installed again, and the configuration put back as the guide says, it goes on.
	w.installRPM("--install", w.rpms[1])
	w.run("mv", configuration+".rpmsave", configuration)
	w.run("systemctl", "enable", "--now", "florasync")
	w.drop("/srv/rpm/c.png", 2000)
	w.waitReady("/srv/rpm/a.png", "/srv/rpm/c.png")
	w.onceEach()
	w.run("rpm", "--erase", "--nodeps", "florasync")
	w.told("rpm: not started before there is a configuration, restarted by the upgrade, stopped by the removal, which keeps record, key and configuration")
}

// erased removes the rpm, and looks what is left: the operator's, and nothing of the package's.
func (w *world) erased(mine string) {
	w.t.Helper()
	w.run("rpm", "--erase", "--nodeps", "florasync")
	w.is("LoadState=not-found", "ActiveState=inactive")
	for _, pattern := range []string{"/usr/bin/florasync", "/usr/share/florasync", "/usr/share/doc/florasync", "/etc/systemd/system/multi-user.target.wants/florasync*"} {
		if left, _ := filepath.Glob(w.path(pattern)); len(left) > 0 {
			w.t.Errorf("left: %q", left)
		}
	}
	for _, path := range []string{"/var/lib/florasync/florasync.db", "/etc/florasync/api-key"} {
		if _, err := os.Stat(w.path(path)); err != nil {
			w.t.Errorf("after the removal: %v", err)
		}
	}
	if text := w.run("cat", configuration+".rpmsave"); text != mine {
		w.t.Errorf("the removal keeps as configuration\n%s", text)
	}
}

func (w *world) installRPM(how, rpm string) {
	w.t.Helper()
	text, err := os.ReadFile(rpm)
	if err != nil {
		w.t.Fatal(err)
	}
	inside := "/root/" + filepath.Base(rpm)
	w.write(inside, string(text), 0o644)
	w.run("rpm", how, "--nodeps", inside)
}
