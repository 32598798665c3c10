//go:build linux

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// hung is a main process that does nothing any more: the watchdog ends it, and it is started again.
func hung(w *world) {
	// A tenth of a minute instead of minutes: long enough that a busy machine feeds it, short enough to wait for.
	w.write("/etc/systemd/system/florasync.service.d/watchdog.conf", "[Service]\nWatchdogSec=6s\n", 0o644)
	w.run("systemctl", "daemon-reload")
	w.run("systemctl", "restart", "florasync")
	began := time.Now()
	fed := w.property("WatchdogTimestampMonotonic")
	until(w.t, "the watchdog is fed", step, func() error {
		if w.property("WatchdogTimestampMonotonic") == fed {
			return os.ErrInvalid
		}
		return nil
	})
	w.is("ActiveState=active", "NRestarts=0", "WatchdogUSec=6s")
	cursor := w.cursor()
	w.run("systemctl", "kill", "--signal=STOP", "--kill-who=main", "florasync")
	w.becomes("NRestarts=1", "ActiveState=active")
	w.says(cursor, "Watchdog timeout", "SIGABRT", "goroutine ")
	w.drop("/srv/inbox/after-hang.png", 2000)
	w.waitReady("/srv/inbox/after-hang.png")
	w.onceEach()
	w.remove("watchdog.conf")
	w.run("systemctl", "restart", "florasync")
	w.told("a hang: the watchdog bit after %.0f s, stacks in the journal, started again", time.Since(began).Seconds())
}

// crashed is a program error: not taken for a wrong configuration, after which nobody starts it again.
func crashed(w *world) {
	w.run("systemctl", "kill", "--signal=SEGV", "--kill-who=main", "florasync")
	w.becomes("NRestarts=1", "ActiveState=active")
	if core, _ := filepath.Glob(w.path("/var/lib/florasync/core*")); len(core) > 0 {
		w.t.Errorf("memory was written to %q", core)
	}
	w.told("a crash: started again, no core")
}

// stopped is a stop with an upload under way that takes longer than TimeoutStopSec, but not than the drain.
func stopped(w *world) {
	w.write("/etc/systemd/system/florasync.service.d/slow.conf", "[Service]\nEnvironment=FLORASYNC_UPLOAD_BANDWIDTH=300KB\nTimeoutStopSec=2s\n", 0o644)
	w.run("systemctl", "daemon-reload")
	w.run("systemctl", "restart", "florasync")
	cursor := w.cursor()
	w.drop("/srv/inbox/slow.png", 4_000_000) // 13 s: a busy machine must not be done with it before the stop
	w.begun("slow.png")
	began := time.Now()
	w.run("systemctl", "stop", "florasync")
	took := time.Since(began)
	w.is("ActiveState=inactive", "Result=success", "ExecMainStatus=0")
	w.says(cursor, "slow.png")
	if took < 2*time.Second {
		w.t.Errorf("stopped after %v: nothing was under way that took longer than TimeoutStopSec", took)
	}
	w.onceEach() // it is ready already, before the next start
	w.remove("slow.conf")
	w.run("systemctl", "start", "florasync")
	w.told("stop with an upload under way: %.1f s at TimeoutStopSec=2s, the upload ended well, exit code 0", took.Seconds())
}

// remove takes a drop-in away again.
func (w *world) remove(dropIn string) {
	w.t.Helper()
	if err := os.Remove(w.path("/etc/systemd/system/florasync.service.d/" + dropIn)); err != nil {
		w.t.Fatal(err)
	}
	w.run("systemctl", "daemon-reload")
}

// configuration is the file as the machine has it.
const configuration = "/etc/florasync/florasync.yaml"

// misconfigured is a start with a mistake in the file: it says line and cure, and is not tried again.
func misconfigured(w *world) {
	good, err := os.ReadFile(w.path(configuration))
	if err != nil {
		w.t.Fatal(err)
	}
	w.write(configuration, "wacth:\n  - {path: /srv/inbox, workspace: ws_one}\n", 0o640)
	cursor := w.cursor()
	if r := w.try("systemctl", "restart", "florasync"); r.code == 0 {
		w.t.Error("a mistake in the configuration is no error")
	}
	w.is("ActiveState=failed", "Result=exit-code", "ExecMainStatus=2", "NRestarts=0")
	w.says(cursor, configuration, "wacth", "watch")
	if r := w.try("florasync", "check", "--offline"); r.code != 2 || !strings.Contains(r.err, "wacth") {
		w.t.Errorf("check: exit code %d: %s%s", r.code, r.out, r.err)
	}
	w.write(configuration, string(good), 0o640)
	w.run("systemctl", "start", "florasync")
	w.is("ActiveState=active")
	w.told("a wrong configuration: exit code 2, the mistake in the journal, no restart; put right, it starts")
}

// unreadable is a folder that the service may not read, first by rights and then by its sandbox.
func unreadable(w *world) {
	good, err := os.ReadFile(w.path(configuration))
	if err != nil {
		w.t.Fatal(err)
	}
	w.run("install", "-d", "-m", "700", "/srv/private")
	w.run("install", "-d", "-m", "755", "/home/maria", "/home/maria/inbox")
	w.write(configuration, string(good)+"  - {path: /srv/private, workspace: ws_one}\n  - {path: /home/maria/inbox, name: home, workspace: ws_one}\n", 0o640)
	cursor := w.cursor()
	w.run("systemctl", "restart", "florasync")
	w.says(cursor, "/srv/private", "permission denied", "drop-ins/home.conf")
	until(w.t, "status names the reason", step, func() error {
		if out := w.run("florasync", "status"); !strings.Contains(out, "root_unreadable") && !strings.Contains(out, "root_offline") {
			return os.ErrInvalid
		}
		return nil
	})
	w.drop("/srv/inbox/beside.png", 2000)
	w.waitReady("/srv/inbox/beside.png") // one root does not hold up another
	if err := os.Chmod(w.path("/srv/private"), 0o755); err != nil {
		w.t.Fatal(err)
	}
	w.dropIn("home.conf")
	w.drop("/srv/private/now.png", 2000)
	w.waitReady("/srv/private/now.png") // without a restart
	w.run("systemctl", "restart", "florasync")
	w.drop("/home/maria/inbox/now.png", 2000)
	w.waitReady("/home/maria/inbox/now.png")
	w.onceEach()
	w.told("folders it may not read: said with the cure, no other folder waits; read as soon as it may, and with home.conf")
}

// filedAway is `after: move`, which the sandbox forbids until write.conf.
func filedAway(w *world) {
	uid, gid := w.owner("/var/lib/florasync")
	for _, dir := range []string{"/srv/media", "/srv/media/in", "/srv/media/done"} {
		if err := os.Mkdir(w.path(dir), 0o755); err != nil {
			w.t.Fatal(err)
		}
		if err := os.Chown(w.path(dir), uid, gid); err != nil {
			w.t.Fatal(err)
		}
	}
	good, err := os.ReadFile(w.path(configuration))
	if err != nil {
		w.t.Fatal(err)
	}
	w.write(configuration, string(good)+"  - {path: /srv/media/in, workspace: ws_one, after: move, move_to: /srv/media/done}\n", 0o640)
	cursor := w.cursor()
	w.run("systemctl", "restart", "florasync")
	w.says(cursor, "/srv/media/in", "drop-ins/write.conf")
	w.drop("/srv/media/in/a.png", 2000)
	w.says(cursor, "a.png")
	w.dropIn("write.conf")
	w.run("systemctl", "restart", "florasync")
	if out := w.run("florasync", "retry", "--failed"); !strings.Contains(out, "1 retried") {
		w.t.Errorf("retry --failed: %s", out)
	}
	until(w.t, "the file is moved", step, func() error {
		_, err := os.Stat(w.path("/srv/media/done/a.png"))
		return err
	})
	w.onceEach()
	w.told("after: move is refused by the sandbox, said with the cure, and done with write.conf")
}

// leased is a file of another user, of which the kernel tells with CAP_LEASE alone that nobody writes to it.
func leased(w *world) {
	w.dropIn("lease.conf")
	w.run("systemctl", "restart", "florasync")
	began := time.Now()
	fresh := w.path("/srv/fresh")
	if err := os.WriteFile(fresh, picture("leased", 2000), 0o644); err != nil {
		w.t.Fatal(err)
	}
	const name = "/srv/inbox/leased.png"
	if err := os.Rename(fresh, w.path(name)); err != nil {
		w.t.Fatal(err)
	}
	w.dropped[name] = picture("leased", 2000)
	until(w.t, "the file is known", step, func() error {
		if r := w.try("florasync", "explain", name); !strings.Contains(r.out, "ready") {
			return os.ErrInvalid
		}
		return nil
	})
	took := time.Since(began)
	if took > 8*time.Second { // without the capability it settles after ten
		w.t.Errorf("a file of root's was ready after %v", took)
	}
	w.onceEach()
	w.told("lease.conf: a file of root's is ready after %.1f s instead of 10", took.Seconds())
}
