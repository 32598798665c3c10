package main

import (
	"os"
	"testing"
)

// A folder that only a flag ever named is in the record, and commands find its files there while no daemon runs.
func TestAFolderOfTheCommandLineIsFoundWithoutADaemon(t *testing.T) {
	m := newMachine(t)
	m.sandbox()
	file := m.write("in/a.png", string(pictureBytes(1, 700)))
	m.run("run", "--once", "--watch", m.path("in"), "--workspace", "ws_a").must(0)
	m.run("explain", file).must(0, "ready since")
	m.run("wait", file).must(0)
	m.run("list", "--under", m.path("in")).must(0, "a.png")
	m.run("explain", m.path("in/never.png")).must(0, "no such file", "no upload at this path; what was renamed stands at its new one")
	m.run("explain", m.path("out.png")).must(1, "outside every watched folder")
	m.run("forget", file).must(1, "still there")
}

func TestDryRunOfTheSandboxMakesNoFolder(t *testing.T) {
	m := newMachine(t)
	m.run("run", "--sandbox", "--dry-run", "--watch", m.path("inbox")).must(1, "the folder is not there")
	for _, dir := range []string{"inbox", "state"} {
		if _, err := os.Stat(m.path(dir)); !os.IsNotExist(err) {
			t.Errorf("%s was made: %v", dir, err)
		}
	}
}

func TestAStateDirectoryThatCannotBeMade(t *testing.T) {
	m := newMachine(t)
	m.mkdir("in")
	m.vars["FLORA_API_KEY"] = "sk_x"
	m.run("run", "--once", "--watch", m.path("in"), "--workspace", "ws_a", "--state-dir", "/proc/florasync").must(2, "state_dir", "--state-dir")
}
