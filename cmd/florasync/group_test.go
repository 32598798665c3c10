package main

import (
	"os"
	"os/user"
	"strconv"
	"strings"
	"testing"
)

// TestSocketGroup lets another user's group in: it reads, and changes nothing; nobody else gets in at all.
func TestSocketGroup(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root can be another user")
	}
	group, err := user.LookupGroupId(strconv.Itoa(nobody))
	if err != nil {
		t.Skip("no group 65534 here:", err)
	}
	m := newMachine(t)
	m.sandbox()
	if err := os.Chmod(m.home, 0o755); err != nil {
		t.Fatal(err)
	}
	m.mkdir("run")
	inbox := m.config("server: {socket: "+m.path("run/s")+", socket_group: nosuchgroup}", "state_dir: "+m.path("private"))
	put(t, inbox+"/a.png", pictureBytes(1, 700))
	m.run("run").must(2, "server.socket_group", "no group", "nosuchgroup")
	file := m.path("config/florasync/florasync.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), "nosuchgroup", group.Name, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	p := m.start("run")
	m.settled(1)
	st, err := os.Stat(m.path("run/s"))
	if err != nil || st.Mode().Perm() != 0o660 {
		t.Errorf("the socket's mode is %v, %v", st.Mode(), err)
	}
	if err := os.Chown(m.mkdir("theirs"), nobody, nobody); err != nil {
		t.Fatal(err)
	}
	other := *m
	other.uid = nobody
	other.run("status").must(0, "is running")
	other.run("list").must(0, "a.png")
	other.run("explain", inbox+"/a.png").must(0, "ready")
	other.run("wait", "--root", "inbox").must(0)
	for _, args := range [][]string{{"pause"}, {"resume"}, {"retry", "--failed"}, {"forget", inbox + "/a.png"}, {"reload"}, {"loglevel", "debug"}, {"state", "check"}, {"upload", inbox + "/a.png"},
		{"state", "backup", m.path("theirs", "copy.db")}} {
		if r := other.run(args...); r.code != 1 || !strings.Contains(r.err, "only florasync's own user and root may do that: try sudo") {
			t.Errorf("%v: exit code %d\n%s%s", args, r.code, r.out, r.err)
		}
	}
	m.run("pause").must(0)
	if strings.Contains(p.err.String(), "only its owner may enter") {
		t.Error("it warns of a socket that the group reaches")
	}
}
