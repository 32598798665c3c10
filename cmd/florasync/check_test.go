package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestCheckJudgesWithTheServicesRights: what root may read says nothing about the service, which is asked while it runs, and named otherwise.
func TestCheckJudgesWithTheServicesRights(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root can be another user")
	}
	m := newMachine(t)
	m.sandbox()
	inbox := m.config()
	closed := m.mkdir("closed")
	m.config("  - path: " + closed + "\n    workspace: ws_test")
	for path, mode := range map[string]os.FileMode{closed: 0o700, m.home: 0o755, m.path("config/florasync/florasync.yaml"): 0o644} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	m.run("check", "--offline").must(0, "judged with root's rights", "check --as USER")
	m.run("check", "--offline", "--as", "nobody").must(1, "the user nobody", closed+" cannot be read", "watch[1].path")
	m.dir = closed // as root's home is
	m.run("check", "--offline", "--as", "nobody").must(1, "configuration: "+m.path("config/florasync/florasync.yaml"), closed+" cannot be read")
	m.dir = ""
	m.run("check", "--offline", "--as", "nosuchuser").must(2, "no user", "nosuchuser")
	if err := os.Chown(m.mkdir("state"), nobody, nobody); err != nil {
		t.Fatal(err)
	}
	service := *m
	service.uid = nobody
	service.run("check", "--offline", "--as", "root").must(2, "only root", "sudo")
	service.run("check", "--offline").must(1, closed)
	p := service.start("run")
	p.says("root.watching")
	m.run("check").must(1, fmt.Sprintf("process %d answers", p.cmd.Process.Pid), closed+" cannot be read", "can be listed")
	m.run("check", "--as", "nobody").must(2, "judges with its own rights")
	// A change is tried before it is put in force.
	m.config("    after: delete")
	m.run("check", "--offline").must(1, "not in force yet: watch[inbox].after, watch[closed]", "florasync reload", inbox+" cannot be written")
	p.signal(syscall.SIGTERM)
	p.exit()
}

// TestCheckTellsOfTheProxy by its address, and of a variable that is none.
func TestCheckTellsOfTheProxy(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.config()
	m.vars["FLORA_API_KEY"], m.vars["HTTPS_PROXY"] = "sk_test", "http://user:secretword@127.0.0.1:1"
	r := m.run("check").must(1, "through http://127.0.0.1:1", "PROBLEM flora")
	if strings.Contains(r.out+r.err, "secretword") {
		t.Errorf("the proxy's password is shown:\n%s%s", r.out, r.err)
	}
	m.vars["HTTPS_PROXY"] = "http://user:secretword@127.0.0.1:port"
	if r := m.run("check").must(1, "HTTPS_PROXY is not"); strings.Contains(r.out+r.err, "secretword") {
		t.Errorf("the proxy's password is shown:\n%s%s", r.out, r.err)
	}
}

// TestCheckCountsWhatIsToBeWatched, folders that cannot be read among it.
func TestCheckCountsWhatIsToBeWatched(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.sandbox()
	inbox := m.config()
	for i := range 20 {
		m.mkdir(filepath.Join("inbox", fmt.Sprint(i), "below"))
	}
	m.run("check", "--offline").must(0, "directories to be watched: 41", "free for the record")
	m.config("    recursive: false")
	m.run("check", "--offline").must(0, "directories to be watched: 1;")
	m.config()
	if err := os.RemoveAll(inbox); err != nil {
		t.Fatal(err)
	}
	m.run("check", "--offline").must(1, "directories to be watched: 0;", "is not there")
}

// TestCheckWhereTheKernelsLimitsAreHidden, as the unit hides them from the service: they are named, not passed over.
func TestCheckWhereTheKernelsLimitsAreHidden(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.sandbox()
	m.config()
	out, code := m.inMounts("mount -t tmpfs none /proc/sys", "check", "--offline")
	if code != 0 || !strings.Contains(out, "directories to be watched: 1; ") || !strings.Contains(out, "sysctl fs.inotify.max_user_watches") {
		t.Errorf("exit code %d: %s", code, out)
	}
}
