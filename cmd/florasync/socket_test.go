package main

import (
	"net"
	"os"
	"testing"
)

// TestASocketThatIsNotOurs: what stands where the socket is configured, and was not left behind by a daemon, stays.
func TestASocketThatIsNotOurs(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.sandbox()
	m.config("server: {socket: " + m.path("s") + "}")
	m.write("s", "a file of somebody's")
	m.run("run", "--once").must(2, "server.socket", m.path("s"), "no socket")
	if text, err := os.ReadFile(m.path("s")); err != nil || string(text) != "a file of somebody's" {
		t.Fatalf("%q, %v", text, err)
	}
	if err := os.Remove(m.path("s")); err != nil {
		t.Fatal(err)
	}
	p := m.start("run")
	p.says("root.watching")
	m.run("status").must(0, "running")
	m.run("run", "--once", "--state-dir", m.path("other")).must(2, "another florasync answers", m.path("s"))
	m.run("status").must(0, "running")
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.exit()
	if _, err := net.Dial("unix", m.path("s")); err == nil {
		t.Fatal("somebody answers")
	}
	m.run("run", "--once").must(0) // what a dead daemon left behind is in nobody's way
}
