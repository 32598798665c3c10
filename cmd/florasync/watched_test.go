package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"
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

// TestAnotherFolderOfTheSameFiles: another folder is watched, below or above the one before, or one of which files were uploaded by hand. What stands where it stood
// is known, whoever looked after it, and a second name of it elsewhere is a file of its own.
func TestAnotherFolderOfTheSameFiles(t *testing.T) {
	m := newMachine(t)
	flora := m.sandbox()
	outer, inner, byHand := pictureBytes(1, 700), pictureBytes(2, 800), pictureBytes(3, 900)
	m.write("in/a.png", string(outer))
	file := m.write("in/sub/b.png", string(inner))
	named := m.write("out/c.png", string(byHand))
	watch := func(dir string) {
		t.Helper()
		m.run("run", "--once", "--watch", m.path(dir), "--workspace", "ws_a").must(0)
	}
	for _, dir := range []string{"in", "in/sub", "in"} {
		watch(dir)
		flora.onceEach(outer, inner)
	}
	m.run("upload", named, "--workspace", "ws_a").must(0)
	watch("out")
	flora.onceEach(outer, inner, byHand)
	m.run("list", "--root", "out").must(0, "c.png")
	m.run("state", "check").must(0)

	m.mkdir("other")
	if err := os.Link(file, m.path("other/b.png")); err != nil {
		t.Fatal(err)
	}
	watch("other")
	if got := len(flora.ready()); got != 4 {
		t.Errorf("%d assets after a second name was made, want 4", got)
	}
	m.run("list", "--root", "in").must(0, "sub/b.png")
	flora.unbroken()
}

// TestFolderOfWhatWasTriedElsewhere: a file that was sent by hand to another workspace goes to that of its folder when one is watched.
func TestFolderOfWhatWasTriedElsewhere(t *testing.T) {
	m := newMachine(t)
	flora := m.sandbox()
	tried := m.write("in/a.png", string(pictureBytes(1, 700)))
	m.run("upload", tried, "--workspace", "ws_trial").must(0)
	m.run("run", "--once", "--watch", m.path("in"), "--workspace", "ws_a").must(0)
	var in []string
	for _, a := range flora.ready() {
		in = append(in, a.Workspace)
	}
	if slices.Sort(in); !slices.Equal(in, []string{"ws_a", "ws_trial"}) {
		t.Errorf("ready in %q", in)
	}
}

// TestSentElsewhereByHandFromAWatchedFolder: a file of a watched folder is sent to another folder of its workspace, too. While that waits somebody touches the file:
// that is the watched folder's to see, and what was named by hand goes where they said.
func TestSentElsewhereByHandFromAWatchedFolder(t *testing.T) {
	m := newMachine(t)
	flora := m.sandbox()
	inbox := m.config()
	picture := pictureBytes(1, 700)
	file := filepath.Join(inbox, "a.png")
	put(t, file, picture)
	p := m.start("run")
	m.settled(1)
	m.run("pause").must(0)
	m.run("upload", file, "--folder", "special", "--no-wait").must(0)
	if err := os.Chmod(file, 0o600); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(inbox, "b.png"), pictureBytes(2, 800))
	until(t, "the look after the touch", func() error {
		if c := m.totals(); c.Seen != 3 {
			return fmt.Errorf("%+v", c)
		}
		return nil
	})
	m.run("resume").must(0)
	m.settled(3)
	p.signal(syscall.SIGTERM)
	if code := p.exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if got := len(flora.ready()); got != 3 {
		t.Errorf("%d assets, want 3", got)
	}
	m.run("state", "check").must(0, "sound")
	flora.unbroken()
}

// TestMovedFromAFolderThatIsNotWatchedAnyMore: the folder of a file is not watched any more, or it was uploaded by hand from outside of every folder, when it is moved
// into a watched one. It is the file that is ready; what stands in both places is two, and what was sent to another workspace goes to the folder's as well.
func TestMovedFromAFolderThatIsNotWatchedAnyMore(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	flora := m.sandbox()
	watched, byHand, two, tried := pictureBytes(1, 700), pictureBytes(2, 800), pictureBytes(3, 900), pictureBytes(4, 1000)
	m.write("before/sub/a.png", string(watched))
	m.write("before/two.png", string(two))
	named, trial := m.write("out/c.png", string(byHand)), m.write("out/d.png", string(tried))
	once := func(dir string) {
		t.Helper()
		m.run("run", "--once", "--watch", m.path(dir), "--workspace", "ws_a").must(0)
	}
	once("before")
	m.run("upload", named, "--workspace", "ws_a").must(0)
	m.run("upload", trial, "--workspace", "ws_trial").must(0)
	m.mkdir("in")
	for from, to := range map[string]string{"before/sub": "in/sub", "out/c.png": "in/c.png", "out/d.png": "in/d.png"} {
		if err := os.Rename(m.path(from), m.path(to)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Link(m.path("before/two.png"), m.path("in/two.png")); err != nil {
		t.Fatal(err)
	}
	once("in")
	got := map[string]int{}
	for _, a := range flora.ready() {
		got[a.SHA256]++
	}
	if want := map[string]int{digest(watched): 1, digest(byHand): 1, digest(two): 2, digest(tried): 2}; !maps.Equal(got, want) {
		t.Errorf("ready assets by digest: %v, want %v", got, want)
	}
	m.run("list", "--root", "in").must(0, "sub/a.png", "c.png")
	m.run("list", "--root", "before").must(0, "two.png")
	m.run("state", "check").must(0, "sound")
	flora.unbroken()
}
