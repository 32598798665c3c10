package main

import (
	"os"
	"testing"
	"time"
)

// TestUploadByHandOfATouchedFile: the stamps of a file that is ready have moved when it is named by hand. Its bytes say that it is that one, and so does the command.
func TestUploadByHandOfATouchedFile(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	flora := m.sandbox()
	m.config()
	watched, byHand := pictureBytes(1, 700), pictureBytes(2, 800)
	file, named := m.write("inbox/a.png", string(watched)), m.write("out/c.png", string(byHand))
	m.run("run", "--once").must(0)
	m.run("upload", named).must(0)
	for _, touched := range []string{file, named} {
		if err := os.Chtimes(touched, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	m.run("upload", file, named).must(0, "a.png", "c.png")
	flora.onceEach(watched, byHand)
	m.run("upload", file, "--folder", "special").must(0)
	if err := os.Chtimes(file, time.Time{}, time.Now().Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	m.run("upload", file, "--folder", "special").must(0, "a.png")
	if got := len(flora.ready()); got != 3 {
		t.Errorf("%d assets, want 3", got)
	}
	flora.unbroken()
}

// TestUploadByHandOfARenamedFile: a file that was renamed since anybody looked is named by hand at its new place. It is the one that is ready, be it in a watched
// folder, in another one, or where only a command ever named it.
func TestUploadByHandOfARenamedFile(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	flora := m.sandbox()
	m.config()
	watched, byHand := pictureBytes(1, 700), pictureBytes(2, 800)
	file := m.write("inbox/a.png", string(watched))
	named := m.write("out/c.png", string(byHand))
	m.run("run", "--once").must(0)
	m.run("upload", named).must(0)
	flora.onceEach(watched, byHand)
	rename := func(from, to string) {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	m.mkdir("inbox/below")
	rename(file, m.path("inbox/below/b.png"))
	rename(named, m.path("out/d.png"))
	m.run("upload", m.path("inbox/below/b.png"), m.path("out/d.png")).must(0)
	flora.onceEach(watched, byHand)
	m.run("list").must(0, "below/b.png", "out/d.png")
	m.run("run", "--once").must(0)
	flora.onceEach(watched, byHand)

	// A second name is a file of its own, and so is what is asked to go elsewhere.
	if err := os.Link(m.path("out/d.png"), m.path("out/e.png")); err != nil {
		t.Fatal(err)
	}
	m.run("upload", m.path("out/e.png")).must(0)
	rename(m.path("out/d.png"), m.path("out/f.png"))
	m.run("upload", m.path("out/f.png"), "--folder", "special").must(0)
	if got := len(flora.ready()); got != 4 {
		t.Errorf("%d assets, want 4", got)
	}
	m.run("state", "check").must(0, "sound")
	flora.unbroken()
}

// TestUploadByHandElsewhere: a path that is named by hand is one item. Named for another workspace, folder or project than the one where it is ready nothing is sent, so
// the command does not say that all is well, but how it is done.
func TestUploadByHandElsewhere(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	flora := m.sandbox()
	file := m.write("out/c.png", string(pictureBytes(1, 700)))
	upload := func(args ...string) result {
		t.Helper()
		return m.run(append([]string{"upload", file}, args...)...)
	}
	upload("--workspace", "ws_a", "--folder", "x").must(0)
	upload("--workspace", "ws_a", "--folder", "x").must(0)
	upload("--workspace", "ws_a").must(0)
	upload("--workspace", "ws_b").must(2, file+" is ready in workspace ws_a", "forget --upload-again "+file, "ws_b")
	upload("--workspace", "ws_a", "--folder", "y").must(2, `folder "x"`)
	upload("--workspace", "ws_a", "--project", "prj_b").must(2, "prj_b")
	if got := len(flora.ready()); got != 1 {
		t.Errorf("%d assets, want 1", got)
	}
	m.run("forget", file).must(1, "florasync: "+file+": the file is still there")
	m.run("forget", "--upload-again", file).must(0)
	upload("--workspace", "ws_b").must(0)
	if got := len(flora.ready()); got != 2 {
		t.Errorf("%d assets, want 2", got)
	}
	flora.unbroken()
}
