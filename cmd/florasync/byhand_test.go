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
