package main

import (
	"os"
	"testing"
)

// TestDryRunOfWhatIsKnown: a file that was renamed since it was uploaded is not said to be uploaded, nor one that is there at the first start and to be ignored.
func TestDryRunOfWhatIsKnown(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	flora := m.sandbox()
	m.config("    existing: ignore")
	m.write("inbox/old.png", string(pictureBytes(1, 700)))
	m.run("run", "--dry-run").must(0, "ignore", "existing: ignore")
	m.config()
	m.run("run", "--dry-run").must(0, "upload", "old.png")
	m.run("run", "--once").must(0)
	m.run("run", "--dry-run").must(0, "done", "old.png")
	if err := os.Rename(m.path("inbox/old.png"), m.path("inbox/new.png")); err != nil {
		t.Fatal(err)
	}
	m.run("run", "--dry-run").must(0, "examine", "new.png", "it stood at inbox:old.png")
	m.run("run", "--once").must(0)
	m.run("run", "--dry-run").must(0, "done", "new.png")
	if got := len(flora.ready()); got != 1 {
		t.Errorf("%d assets, want 1", got)
	}
}

// TestDryRunKeepsToItsTime: a dry run ends by itself, and may be given a time for that; a daemon does not, and may not.
func TestDryRunKeepsToItsTime(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.sandbox()
	m.config()
	m.write("inbox/a.png", string(pictureBytes(1, 700)))
	m.run("run", "--dry-run", "--timeout", "1m").must(0, "upload", "a.png")
	m.run("run", "--dry-run", "--timeout", "1ns").must(7, "not all was looked at within 1ns")
	m.run("run", "--timeout", "1m").must(2, "--timeout belongs to --once and --dry-run")
}
