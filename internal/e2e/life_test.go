//go:build linux

package e2e

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

var (
	booted = flag.Bool("systemd", false, "build the package, boot a Debian and run florasync in it; takes root, debootstrap and systemd-nspawn")
	base   = flag.String("systemd.tree", "", "a tree made by debootstrap to copy, instead of making one")
)

// steps are the life of one machine, in order.
var steps = []struct {
	name string
	do   func(*world)
}{
	{"BuiltAsDocumented", builtAsDocumented},
	{"Install", install},
	{"NothingConfigured", nothingConfigured},
	{"FirstStart", firstStart},
	{"Instance", instance},
	{"Killed", killed},
	{"Reloaded", reloaded},
	{"Hung", hung},
	{"Crashed", crashed},
	{"Stopped", stopped},
	{"Misconfigured", misconfigured},
	{"Unreadable", unreadable},
	{"FiledAway", filedAway},
	{"KeyReplaced", rekeyed},
	{"CredentialReplaced", credential},
	{"Leased", leased},
	{"Reboot", reboot},
	{"Restored", restored},
	{"Upgraded", upgraded},
	{"Removed", removed},
	{"Purged", purged},
	{"AsDocumented", asDocumented},
	{"AsRPM", asRPM},
}

// TestLifeOfAService is what an operator sees, from apt install to purge.
func TestLifeOfAService(t *testing.T) {
	if !*booted {
		t.Skip("make e2e-systemd")
	}
	if os.Geteuid() != 0 {
		t.Fatal("booting a machine takes root")
	}
	for _, tool := range []string{"debootstrap", "systemd-nspawn", "nsenter"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%v: apt-get install debootstrap systemd-container", err)
		}
	}
	w := &world{machine: &machine{t: t, root: t.TempDir()}, dropped: map[string][]byte{}}
	w.build("0.0.1")
	w.build("0.0.2")
	plant(t, w.root)
	w.write("/etc/dpkg/dpkg.cfg.d/fast", "force-unsafe-io\n", 0o644) // a machine that is thrown away need not wait for its disk
	defer w.halt()
	w.boot()
	for _, s := range steps {
		if !t.Run(s.name, func(t *testing.T) { s.do(w.on(t)) }) {
			w.on(t)
			t.Fatalf("%s went wrong: the steps after it would tell nothing", s.name)
		}
		w.on(t)
	}
}

// owner returns who owns a file of the machine.
func (w *world) owner(name string) (uid, gid int) {
	w.t.Helper()
	st, err := os.Stat(w.path(name))
	if err != nil {
		w.t.Fatal(err)
	}
	sys := st.Sys().(*syscall.Stat_t)
	return int(sys.Uid), int(sys.Gid)
}

// install is apt's, of a file and without a network.
func install(w *world) {
	w.installDeb(w.debs[0])
	w.is("ActiveState=inactive", "UnitFileState=disabled", "LoadState=loaded")
	uid, gid := w.owner("/etc/florasync/florasync.yaml")
	if st, err := os.Stat(w.path("/etc/florasync/florasync.yaml")); err != nil || st.Mode().Perm() != 0o640 || uid != 0 || gid == 0 {
		w.t.Errorf("the configuration: %v, owner %d:%d, error %v; want 0640 root:florasync", st.Mode(), uid, gid, err)
	}
	for _, path := range []string{"/usr/share/man/man1/florasync.1.gz", "/usr/share/man/man5/florasync.yaml.5.gz", "/usr/share/bash-completion/completions/florasync",
		"/usr/share/zsh/vendor-completions/_florasync", "/usr/share/fish/vendor_completions.d/florasync.fish"} {
		if st, err := os.Stat(w.path(path)); err != nil || st.Size() < 100 {
			w.t.Errorf("%s: %v", path, err)
		}
	}
	w.told("apt install: %s, neither started nor enabled", strings.TrimSpace(w.run("florasync", "version")))
}

func (w *world) installDeb(deb string) {
	w.t.Helper()
	text, err := os.ReadFile(deb)
	if err != nil {
		w.t.Fatal(err)
	}
	inside := "/root/" + filepath.Base(deb)
	w.write(inside, string(text), 0o644)
	w.run("apt-get", "install", "--yes", "--no-install-recommends", "--allow-downgrades", "--option=Dpkg::Options::=--force-confold", inside)
}

// nothingConfigured: a start says what is missing and is not tried again.
func nothingConfigured(w *world) {
	cursor := w.cursor()
	if r := w.try("systemctl", "start", "florasync"); r.code == 0 {
		w.t.Error("florasync started without a folder to watch")
	}
	w.is("ActiveState=failed", "Result=exit-code", "ExecMainStatus=2", "NRestarts=0")
	w.says(cursor, "watch")
	w.run("systemctl", "reset-failed", "florasync")
	w.told("start without a configuration: exit code 2, one line, no restart")
}

// environment is the drop-in that leads to the sandbox.
const environment = "[Service]\nEnvironment=FLORA_BASE_URL=http://" + sandboxAddr + "/api/v1\n"

// firstStart is a key file, two lines of configuration, and systemctl start.
func firstStart(w *world) {
	w.run("cp", "/usr/bin/florasync", "/usr/local/bin/flora-sandbox")
	w.write("/etc/systemd/system/flora-sandbox.service", sandboxUnit, 0o644)
	w.write("/etc/systemd/system/florasync.service.d/sandbox.conf", environment, 0o644)
	w.run("systemctl", "daemon-reload")
	w.run("systemctl", "enable", "flora-sandbox")
	w.serveSandbox("sk_first")

	w.run("mkdir", "-p", "/srv/inbox")
	w.run("install", "-m", "640", "-g", "florasync", "/dev/null", "/etc/florasync/api-key")
	w.write("/etc/florasync/api-key", "sk_first\n", 0o640)
	w.write("/etc/florasync/florasync.yaml", "watch:\n  - {path: /srv/inbox, workspace: ws_one}\n", 0o640)
	if err := os.WriteFile(w.path("/srv/inbox/of-root.png"), picture("of-root", 5000), 0o644); err != nil {
		w.t.Fatal(err)
	}
	w.dropped["/srv/inbox/of-root.png"] = picture("of-root", 5000)
	w.run("systemctl", "enable", "--now", "florasync")
	// Type=notify: systemctl start has waited for READY, which comes when the folders are watched.
	w.is("ActiveState=active", "SubState=running")
	if out := w.run("florasync", "status", "--json"); !strings.Contains(out, `"state":"live"`) {
		w.t.Errorf("READY was told, and the folder is not watched:\n%s", out)
	}
	w.drop("/srv/inbox/first.png", 3000)
	w.waitReady("/srv/inbox/of-root.png", "/srv/inbox/first.png")
	w.onceEach()
	until(w.t, "STATUS tells numbers", step, func() error {
		if text := w.property("StatusText"); !strings.Contains(text, "0 uploading, 0 waiting, 0 failed") {
			return os.ErrInvalid
		}
		return nil
	})
	w.told("two lines of configuration and a key: 2 files ready; %s", w.property("StatusText"))
}

// instance is a second florasync beside the first, by the template: with a record and a socket of its own, which commands find by its configuration.
func instance(w *world) {
	const file = "/etc/florasync/two.yaml"
	w.write("/etc/systemd/system/florasync@.service.d/sandbox.conf", environment, 0o644)
	w.run("install", "-d", "-o", "florasync", "/srv/two")
	w.write(file, "watch:\n  - {path: /srv/two, workspace: ws_two}\n", 0o640)
	w.run("chgrp", "florasync", file)
	w.run("systemctl", "daemon-reload")
	w.run("systemctl", "enable", "--now", "florasync@two")
	w.drop("/srv/two/a.png", 2000)
	w.run("florasync", "--config", file, "wait", "--timeout", "90s", "/srv/two/a.png")
	w.onceEach()
	if out := w.run("florasync", "--config", file, "status", "--json"); !strings.Contains(out, `"name":"two"`) || strings.Contains(out, `"name":"inbox"`) {
		w.t.Errorf("status of the instance:\n%s", out)
	}
	w.run("systemctl", "reload", "florasync@two")
	w.run("systemctl", "restart", "florasync@two")
	if pid := w.property("MainPID"); pid == strings.TrimSpace(w.run("systemctl", "show", "--property=MainPID", "--value", "florasync@two")) {
		w.t.Errorf("both are process %s", pid)
	}
	w.told("florasync@two: configuration, record and socket of its own beside the first")
}

// killed is kill -9 of the main process with uploads under way.
func killed(w *world) {
	w.faults("storage_hang=1")
	names := []string{"/srv/inbox/k1.png", "/srv/inbox/k2.png", "/srv/inbox/k3.png"}
	for _, name := range names {
		w.drop(name, 200_000)
	}
	w.begun("k1.png")
	before := w.property("MainPID")
	w.run("systemctl", "kill", "--signal=KILL", "--kill-who=main", "florasync")
	w.faults("") // well within RestartSec
	w.becomes("NRestarts=1", "ActiveState=active", "SubState=running")
	if after := w.property("MainPID"); after == before {
		w.t.Errorf("the main process is still %s", after)
	}
	w.waitReady(names...)
	w.onceEach()
	w.told("kill -9 of process %s: started again, %d files once each", before, len(w.dropped))
}

// reloaded is systemctl reload: all of the file is taken, or nothing, and the process stays the same.
func reloaded(w *world) {
	pid, good := w.property("MainPID"), w.run("cat", configuration)
	w.run("install", "-d", "-o", "florasync", "/srv/second")
	w.write(configuration, good+"  - {path: /srv/second, workspace: ws_one}\n", 0o640)
	w.run("systemctl", "reload", "florasync")
	w.is("ActiveState=active", "SubState=running", "MainPID="+pid)
	w.drop("/srv/second/a.png", 2000)
	w.waitReady("/srv/second/a.png")

	w.write(configuration, good+"  - {path: /srv/third, workspace: ws_one, settel: 3s}\n", 0o640)
	cursor := w.cursor()
	if r := w.try("systemctl", "reload", "florasync"); r.code == 0 {
		w.t.Error("a reload with a mistake in the file is no error")
	}
	w.says(cursor, "settel", "settle")
	w.run("systemctl", "kill", "--signal=HUP", "--kill-who=main", "florasync")
	w.says(cursor, "settel", "nothing was changed")
	w.is("ActiveState=active", "SubState=running", "MainPID="+pid, "NRestarts=1")
	w.drop("/srv/second/b.png", 2000)
	w.waitReady("/srv/second/b.png") // what was in force still is
	w.onceEach()
	w.write(configuration, good, 0o640)
	w.run("systemctl", "reload", "florasync")
	w.told("reload: a folder more, without a restart; with a mistake in the file nothing changes and the reload fails")
}

// reboot: what was enabled comes up by itself, and goes on.
func reboot(w *world) {
	w.reboot()
	w.sandboxAnswers()
	w.becomes("ActiveState=active", "SubState=running")
	w.drop("/srv/inbox/after-reboot.png", 4000)
	w.waitReady("/srv/inbox/after-reboot.png")
	w.onceEach()
	w.told("reboot: up again by itself, %d files once each", len(w.dropped))
}
