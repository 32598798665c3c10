package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestUpload names things by hand, without a daemon.
func TestUpload(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	box := m.sandbox()
	one, two, odd, raw := pictureBytes(1, 700), pictureBytes(2, 700), pictureBytes(3, 700), pictureBytes(4, 700)
	put(t, m.path("one.png"), one)
	put(t, m.path("set/two.png"), two)
	put(t, m.path("set/readme.txt"), []byte("not this"))
	put(t, m.path("odd\n \xff.png"), odd)
	put(t, m.path("without-extension"), raw)
	r := m.run("upload", "one.png", "--workspace", "ws_hand", "--folder", "covers", "--project", "prj_a", "--json").must(0)
	items := objects(t, r.out)
	conforms(t, "item", decode(t, r.out), itemFields)
	if len(items) != 1 || items[0]["state"] != "ready" || items[0]["path"] != m.path("one.png") || items[0]["root"] != "" || items[0]["folder"] != "covers" ||
		items[0]["project"] != "prj_a" || items[0]["node_id"] == nil {
		t.Errorf("%v", items)
	}
	again := objects(t, m.run("upload", "one.png", "--workspace", "ws_hand", "--folder", "covers", "--project", "prj_a", "--json").must(0).out)
	if len(again) != 1 || again[0]["asset_id"] != items[0]["asset_id"] {
		t.Errorf("ready already: %v, want the same asset", again)
	}
	m.run("upload", "set", "without-extension", "--workspace", "ws_hand").must(0, "set/two.png")
	m.runWith(m.path("odd\n \xff.png")+"\x00one.png\x00", "upload", "--from-file", "-", "-0", "--workspace", "ws_hand").must(0)
	box.onceEach(one, two, odd, raw)
	if many := m.runWith(strings.Repeat("set/two.png\n", 1200), "upload", "--from-file", "-", "--workspace", "ws_hand").must(0); strings.Count(many.out, "ready") != 1200 {
		t.Errorf("an input 1200 times: %d lines", strings.Count(many.out, "\n")) // more than one question asks for
	}
	fetched := objects(t, m.run("upload", "https://media.flora.ai/example.png?token=secret", "--workspace", "ws_hand", "--json").must(0).out)
	about := m.run("explain", "https://media.flora.ai/example.png?token=secret").must(0, "ready", fmt.Sprint(fetched[0]["asset_id"]))
	if strings.Contains(about.out, "token=secret") {
		t.Errorf("the query of a URL is shown:\n%s", about.out)
	}
	m.run("explain", "https://media.flora.ai/never.png?token=secret").must(1, "https://media.flora.ai/never.png: unknown")
	m.run("retry", "https://media.flora.ai/example.png?token=secret").must(0, "0 retried")
	if len(fetched) != 1 || fetched[0]["source"] != "url" || fetched[0]["state"] != "ready" || strings.Contains(fmt.Sprint(fetched), "secret") {
		t.Errorf("from a URL: %v", fetched)
	}
	if r := m.run("upload", "https://not.allowlisted.example/a.png", "--workspace", "ws_hand").must(1); strings.Contains(r.out, "ready") {
		t.Errorf("a host that is not allowlisted: %s", r.out)
	}
	put(t, m.path("notes.txt"), []byte("words"))
	m.run("upload", "notes.txt", "--workspace", "ws_hand").must(1, "skipped")
	m.run("explain", "one.png").must(0, "ready since")
	m.run("explain", items[0]["id"].(string)).must(0, "ready since", "one.png")
	m.run("explain", "set/readme.txt").must(1)
	box.unbroken()

	box.faults("create.400=1")
	bad := pictureBytes(9, 700)
	put(t, m.path("bad.png"), bad)
	m.run("upload", "bad.png", "--workspace", "ws_hand").must(1, "failed")
	box.faults("")
	m.run("upload", "bad.png", "--workspace", "ws_hand").must(0, "ready") // what failed is tried again
	m.run("forget", "bad.png").must(1, "--upload-again")
	if err := os.Remove(m.path("bad.png")); err != nil {
		t.Fatal(err)
	}
	m.run("forget", "bad.png").must(0, "1 forgotten")
	m.run("explain", "bad.png").must(1)
	if n := len(box.ready()); n != 6 {
		t.Errorf("%d ready assets: forget deletes nothing at FLORA", n)
	}
	box.faults("latency=1s")
	put(t, m.path("slow.png"), pictureBytes(10, 700))
	m.run("upload", "slow.png", "--workspace", "ws_hand", "--timeout", "300ms").must(7, "goes on")
	box.faults("")
	m.run("upload", "slow.png", "--workspace", "ws_hand").must(0, "ready")
	box.unbroken()
}

// TestBesideADaemon gives a running daemon its work and its orders.
func TestBesideADaemon(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	box := m.sandbox()
	inbox := m.config(`    exclude: ["secret*"]`)
	p := m.start("run")
	p.says("root.watching")
	m.run("status").must(0)
	elsewhere, excluded := pictureBytes(1, 700), pictureBytes(2, 700)
	put(t, m.path("elsewhere.png"), elsewhere)
	put(t, filepath.Join(inbox, "secret.png"), excluded)
	m.run("explain", "inbox/secret.png").must(0, "exclude", "secret*")
	m.run("upload", "elsewhere.png", "inbox/secret.png").must(0, "ready")
	box.onceEach(elsewhere, excluded)
	queued := objects(t, m.run("upload", "--no-wait", "--json", "https://media.flora.ai/b.png").must(0).out)
	if len(queued) != 1 || queued[0]["id"] == nil {
		t.Fatalf("%v", queued)
	}
	m.run("wait", queued[0]["id"].(string), "--timeout", "30s").must(0)
	m.run("wait", "never.png").must(1, "never.png")

	m.run("pause", "--root", "inbox").must(0)
	third := pictureBytes(3, 700)
	put(t, filepath.Join(inbox, "third.png"), third)
	m.run("wait", "--root", "inbox", "--timeout", "1s").must(7)
	m.run("explain", "inbox/third.png").must(0)
	p.signal(syscall.SIGTERM)
	if code := p.exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	p = m.start("run") // a pause outlives the daemon
	p.says("root.watching")
	until(t, "the file waits", func() error {
		if c := m.totals(); c.Waiting != 1 {
			return fmt.Errorf("%+v", c)
		}
		return nil
	})
	if r := m.run("status", "--exit-code").must(1, "paused", "resume"); !strings.Contains(r.out, "inbox") {
		t.Errorf("what is paused? %s", r.out)
	}
	m.run("resume", "--root", "inbox").must(0)
	m.run("wait", "--root", "inbox", "--timeout", "30s").must(0)
	m.run("wait", "--root", "outbox").must(1, "outbox")

	m.run("forget", "inbox/third.png").must(1, "--upload-again")
	before := len(box.ready())
	m.run("forget", "--upload-again", "inbox/third.png").must(0, "1 forgotten")
	until(t, "the file is uploaded again", func() error {
		if n := len(box.ready()); n != before+1 {
			return fmt.Errorf("%d ready assets, %d before", n, before)
		}
		return nil
	})
	m.run("check").must(0, "ok", "can be listed")
	m.run("check", "--offline").must(0)
	m.run("check", "--json").must(0)
	box.unbroken()
	if p.out.String() != "" {
		t.Errorf("stdout: %q", p.out.String())
	}
}

// TestWatchFlags is the second command of the README, against the stand-in: a folder of one's own, a workspace, and a folder there.
func TestWatchFlags(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	box := m.sandbox("--storage", "imagekit")
	content := pictureBytes(1, 700)
	put(t, m.path("out/2026/a.png"), content)
	m.run("run", "--once", "--watch", "out", "--workspace", "ws_mine", "--folder", "inbox/{dir}", "--project", "prj_p", "--concurrency", "1", "--log-format", "console").must(0, "a.png")
	box.onceEach(content)
	a := box.ready()[0]
	if a.Workspace != "ws_mine" || a.Folder != "inbox/2026" || len(a.Projects) != 1 || a.Projects[0] != "prj_p" {
		t.Errorf("%+v", a)
	}
	m.run("run", "--once", "--watch", "out", "--workspace", "ws_mine", "--folder", "inbox/{dir}", "--project", "prj_p").must(0)
	box.onceEach(content)
	box.unbroken()
}

// TestAfterwards moves and deletes what is ready, and nothing else.
func TestAfterwards(t *testing.T) {
	t.Parallel()
	for _, after := range []string{"move", "delete"} {
		t.Run(after, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			box := m.sandbox()
			lines := []string{"    after: " + after}
			if after == "move" {
				lines = append(lines, "    move_to: "+m.mkdir("done"))
			}
			inbox := m.config(lines...)
			good := pictureBytes(1, 700)
			put(t, filepath.Join(inbox, "sub", "good.png"), good)
			put(t, filepath.Join(inbox, "words.png"), []byte("#!/bin/sh\n"))
			put(t, filepath.Join(inbox, "notes.txt"), []byte("mine"))
			m.run("run", "--once").must(0)
			box.onceEach(good)
			if _, err := os.Stat(filepath.Join(inbox, "sub", "good.png")); err == nil {
				t.Error("the ready file is still there")
			}
			for _, kept := range []string{"words.png", "notes.txt"} {
				if _, err := os.Stat(filepath.Join(inbox, kept)); err != nil {
					t.Errorf("%s was never uploaded and is gone: %v", kept, err)
				}
			}
			items := m.items("--state", "ready")
			if len(items) != 1 || items[0]["path"] != "sub/good.png" || (items[0]["moved_to"] != nil) != (after == "move") {
				t.Errorf("%v", items)
			}
			if moved, err := os.ReadFile(m.path("done", "sub", "good.png")); after == "move" && (err != nil || string(moved) != string(good)) {
				t.Errorf("moved: %v", err)
			}
			m.run("explain", "inbox/sub/good.png").must(0, "ready since", after)
			put(t, filepath.Join(inbox, "sub", "good.png"), good) // whatever appears again is a new version
			m.run("run", "--once").must(0)
			if n := len(box.ready()); n != 2 {
				t.Errorf("%d ready assets, want 2", n)
			}
			box.unbroken()
		})
	}
}

// TestUploadByALink: a path may lead over links, and a folder may be one; what is uploaded is a file of one name all the same.
func TestUploadByALink(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	box := m.sandbox()
	inbox := m.config()
	mine, theirs := pictureBytes(1, 700), pictureBytes(2, 700)
	put(t, m.path("real", "a.png"), mine)
	put(t, filepath.Join(inbox, "sub", "b.png"), theirs)
	for link, to := range map[string]string{"away": "real", "in": "inbox"} {
		if err := os.Symlink(to, m.path(link)); err != nil {
			t.Fatal(err)
		}
	}
	m.run("upload", "away/a.png").must(0, m.path("real", "a.png"))
	m.run("upload", "away").must(0, m.path("real", "a.png"))
	m.run("upload", "in/sub/b.png").must(0, "inbox:sub/b.png")
	box.onceEach(mine, theirs)
	m.run("explain", "away/a.png").must(0, "ready since")
	m.run("explain", "in/sub/b.png").must(0, "ready since")
	m.run("explain", "in/sub").must(0, "a folder")
	if got := m.items("--under", m.path("in", "sub")); len(got) != 1 {
		t.Errorf("below a link: %v", got)
	}
}

// TestUploadInterrupted: what was not uploaded by the end of the drain is not called well.
func TestUploadInterrupted(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	box := m.sandbox("--faults", "latency=300ms")
	inputs := []string{"upload", "--workspace", "ws_hand"}
	var contents [][]byte
	for i := range 80 {
		contents = append(contents, pictureBytes(uint64(i), 700))
		name := fmt.Sprintf("p%02d.png", i)
		put(t, m.path(name), contents[i])
		inputs = append(inputs, name)
	}
	p := m.start(inputs...)
	until(t, "some are under way", func() error {
		if n := len(box.assets()); n < 2 {
			return fmt.Errorf("%d", n)
		}
		return nil
	})
	p.signal(syscall.SIGINT)
	if code := p.exit(); code != 130 || !strings.Contains(p.err.String(), "interrupted") || strings.Count(p.out.String(), "\n") != 80 {
		t.Errorf("exit code %d, want 130, and what became of each\n%s\n%s", code, p.out.String(), p.err.String())
	}
	box.faults("")
	m.run(inputs...).must(0)
	box.onceEach(contents...)
	box.unbroken()
}
