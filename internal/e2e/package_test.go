//go:build linux

package e2e

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// restored is a backup beside the running service, put back by root: the service must be able to open what root made.
func restored(w *world) {
	w.run("florasync", "state", "backup", "/root/backup.db")
	w.run("systemctl", "stop", "florasync")
	w.run("florasync", "state", "restore", "/root/backup.db")
	w.run("systemctl", "start", "florasync")
	w.is("ActiveState=active")
	w.drop("/srv/inbox/restored.png", 2000)
	w.waitReady("/srv/inbox/restored.png")
	w.onceEach()
	w.told("a backup put back by root: the service opens it, %d files once each", len(w.dropped))
}

// upgraded: a newer package restarts what runs, and keeps configuration and record.
func upgraded(w *world) {
	before, pid := w.run("cat", configuration), w.property("MainPID")
	w.installDeb(w.debs[1])
	w.is("ActiveState=active", "UnitFileState=enabled")
	if w.property("MainPID") == pid {
		w.t.Error("the old program still runs")
	}
	if after := w.run("cat", configuration); after != before {
		w.t.Errorf("the configuration was changed to\n%s", after)
	}
	if out := w.run("florasync", "version"); !strings.Contains(out, "0.0.2") {
		w.t.Errorf("version: %s", out)
	}
	w.drop("/srv/inbox/upgraded.png", 2000)
	w.waitReady("/srv/inbox/upgraded.png")
	w.onceEach()
	w.run("systemctl", "stop", "florasync")
	w.installDeb(w.debs[0]) // what does not run is not started
	w.is("ActiveState=inactive", "UnitFileState=enabled")
	w.told("upgrade: restarted with its record, %d files once each; what was stopped stays so", len(w.dropped))
}

// removed: the service is gone, record, key and configuration are not; installed again it goes on.
func removed(w *world) {
	w.run("systemctl", "start", "florasync")
	w.run("apt-get", "remove", "--yes", "florasync")
	w.is("LoadState=not-found")
	for _, path := range []string{"/var/lib/florasync/florasync.db", configuration} {
		if _, err := os.Stat(w.path(path)); err != nil {
			w.t.Errorf("after the removal: %v", err)
		}
	}
	w.installDeb(w.debs[1])
	w.run("systemctl", "enable", "--now", "florasync")
	w.sandboxAnswers()
	w.drop("/srv/inbox/again.png", 2000)
	w.waitReady("/srv/inbox/again.png")
	w.onceEach()
	w.told("removal: stopped, record and configuration stay; installed again, %d files once each", len(w.dropped))
}

// purged: nothing of florasync is left, and the watched folders are as they were.
func purged(w *world) {
	w.run("apt-get", "purge", "--yes", "florasync")
	for _, pattern := range []string{"/etc/florasync", "/var/lib/florasync*", "/run/florasync*", "/usr/bin/florasync", "/usr/share/florasync",
		"/etc/systemd/system/multi-user.target.wants/florasync*"} {
		if left, _ := filepath.Glob(w.path(pattern)); len(left) > 0 {
			w.t.Errorf("left: %q", left)
		}
	}
	for name := range w.dropped {
		if _, err := os.Stat(w.path(name)); errors.Is(err, fs.ErrNotExist) && !strings.HasPrefix(name, "/srv/media/in/") {
			w.t.Errorf("%s is gone", name)
		}
	}
	w.told("purge: record, key and configuration are gone, the watched folders are as they were")
}
