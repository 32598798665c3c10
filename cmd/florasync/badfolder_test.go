package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestMissingFolderIsWaitedFor: a folder that is not there stops nothing, and is taken up when it comes.
func TestMissingFolderIsWaitedFor(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	box := m.sandbox()
	inbox := m.config("    poll: 1s")
	if err := os.Remove(inbox); err != nil {
		t.Fatal(err)
	}
	m.run("run", "--once").must(7, "root_offline", inbox)
	m.run("check").must(1, inbox+" is not there", "mount")
	p := m.start("run")
	p.says("root.offline")
	m.run("status").must(0, "root_offline")
	put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 700))
	m.settled(1)
	box.onceEach(pictureBytes(1, 700))
	if r := m.run("status", "--exit-code").must(0); strings.Contains(r.out, "root_offline") {
		t.Errorf("still offline: %s", r.out)
	}
}

// TestUnreadable runs as another user, for whom rights mean something.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	if os.Getuid() == 0 {
		m.uid = 65534
		if err := os.Chown(m.home, 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	own := func(path string, mode os.FileMode) string {
		t.Helper()
		if m.uid != 0 {
			if err := os.Chown(path, int(m.uid), int(m.uid)); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	box := m.sandbox()
	inbox := m.config("    poll: 1s")
	for _, dir := range []string{"config", "config/florasync"} {
		own(m.path(dir), 0o755)
	}
	own(m.path("config/florasync/florasync.yaml"), 0o600)
	own(inbox, 0o755)
	put(t, filepath.Join(inbox, "open.png"), pictureBytes(1, 700))
	put(t, filepath.Join(inbox, "shut.png"), pictureBytes(2, 700))
	own(filepath.Join(inbox, "open.png"), 0o644)
	own(filepath.Join(inbox, "shut.png"), 0)
	m.run("run", "--once", "--timeout", "5s").must(7)
	m.run("explain", "inbox/shut.png").must(0, "permission denied")
	own(filepath.Join(inbox, "shut.png"), 0o644)
	m.run("retry", "inbox/shut.png")
	m.run("run", "--once").must(0)
	box.onceEach(pictureBytes(1, 700), pictureBytes(2, 700))

	own(inbox, 0)
	m.run("run", "--once", "--timeout", "5s").must(7, inbox, "permission denied")
	m.run("check").must(1, inbox, "permission denied")
	own(inbox, 0o755)

	state := own(m.mkdir("readonly"), 0o555)
	m.run("run", "--once", "--state-dir", state).must(2, state, "cannot be written", "--state-dir")
	m.run("upload", "inbox/open.png", "--state-dir", state).must(2, state, "cannot be written")
	own(state, 0o755)

	key := own(m.write("key", "sk_sandbox"), 0)
	delete(m.vars, "FLORA_API_KEY")
	m.vars["FLORASYNC_API_KEY_FILE"] = key
	m.run("run", "--once").must(2, key, "permission denied")
}

// TestOddFiles: each file that is not taken says why, and the others are taken.
func TestOddFiles(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	box := m.sandbox()
	m.vars["FLORASYNC_UPLOAD_CONCURENCY"] = "3" // a slip in the environment is said, and stops nothing
	inbox := m.config("    max_size: 10KiB")
	good := pictureBytes(1, 10<<10) // the limit is inclusive
	put(t, filepath.Join(inbox, "good.png"), good)
	put(t, filepath.Join(inbox, "big.png"), pictureBytes(2, 10<<10+1))
	put(t, filepath.Join(inbox, "empty.png"), nil)
	put(t, filepath.Join(inbox, "program.png"), []byte("\x7fELF\x02\x01\x01"+strings.Repeat("\x00", 100)))
	put(t, filepath.Join(inbox, "picture.JPG"), pictureBytes(3, 900)) // magic decides: a PNG
	put(t, filepath.Join(inbox, ".hidden.png"), pictureBytes(4, 900))
	put(t, filepath.Join(inbox, "half.png.part"), pictureBytes(5, 900))
	put(t, filepath.Join(inbox, "raw.cr3"), pictureBytes(6, 900))
	if err := os.Symlink("good.png", filepath.Join(inbox, "link.png")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(inbox, "pipe.png"), 0o644); err != nil {
		t.Fatal(err)
	}
	dry := m.run("run", "--dry-run").must(0, "good.png", "big.png", "size", "program.png", "type", "raw.cr3")
	if strings.Contains(dry.err, "asset") || len(box.assets()) != 0 {
		t.Error("--dry-run has uploaded")
	}
	if _, err := os.Stat(m.path("state")); err == nil {
		t.Error("--dry-run has made a state directory")
	}
	m.run("run", "--once").must(0, "FLORASYNC_UPLOAD_CONCURENCY", "did you mean FLORASYNC_UPLOAD_CONCURRENCY")
	box.onceEach(good, pictureBytes(3, 900))
	for _, a := range box.ready() {
		if a.ContentType != "image/png" {
			t.Errorf("%s was sent as %s", a.Name, a.ContentType)
		}
	}
	for _, it := range m.items("--state", "skipped") {
		want := map[string]string{"big.png": "size", "empty.png": "size", "program.png": "type"}[it["path"].(string)]
		if it["reason"] != want || it["error"] == nil {
			t.Errorf("%v", it)
		}
	}
	for name, says := range map[string]string{"good.png": "ready since", "big.png": "skipped (size)", "empty.png": "skipped (size)", "program.png": "skipped (type)",
		".hidden.png": "hidden", "half.png.part": "not taken", "raw.cr3": "no pattern matches", "link.png": "not a regular file", "pipe.png": "not a regular file",
		"never.png": "no such file", "": "watched folder"} {
		m.run("explain", filepath.Join("inbox", name)).must(0, says)
	}
	m.run("explain", "elsewhere.png").must(1, "outside every watched folder")
	put(t, filepath.Join(inbox, "empty.png"), pictureBytes(7, 500))
	before, err := os.ReadFile(m.path("state/florasync/florasync.db"))
	if err != nil {
		t.Fatal(err)
	}
	n := len(box.assets())
	plans := objects(t, m.run("run", "--dry-run", "--json").must(0).out)
	for _, p := range plans {
		want := map[any]string{"good.png": "done", "big.png": "skip", "empty.png": "upload", "raw.cr3": "ignore"}[p["path"]]
		if want != "" && p["action"] != want {
			t.Errorf("dry run: %v, want %s", p, want)
		}
	}
	if after, err := os.ReadFile(m.path("state/florasync/florasync.db")); err != nil || string(after) != string(before) {
		t.Errorf("--dry-run has changed the record: %v", err)
	}
	if len(box.assets()) != n {
		t.Error("--dry-run has reserved something")
	}
	m.run("run", "--once").must(0)
	box.onceEach(good, pictureBytes(3, 900), pictureBytes(7, 500))
	box.unbroken()
}
