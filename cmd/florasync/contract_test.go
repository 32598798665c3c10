package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"
)

// TestJSONContract reads items and status in many states, with and without a daemon.
func TestJSONContract(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.vars["FLORA_API_KEY"] = "sk_sandbox"
	inbox := m.config("    project: prj_test", `    folder: "in/{dir}"`)
	conformingStatus(t, m.run("status", "--json").must(3).out)
	if r := m.run("list", "--json").must(0); r.out != "" {
		t.Errorf("list without a record prints %q", r.out)
	}
	box := m.sandbox()
	names := []string{"plain.png", "sub/b c.png", "new\nline.png", `quo"te'.png`, `back\slash.png`, "bad\xff\xfebytes.png", "umlaut\u0308.png", strings.Repeat("n", 251) + ".png",
		"-dash.png", "=sum.png", "esc\x1b[31m.png", "💥.png"}
	var contents [][]byte
	for i, name := range names {
		contents = append(contents, pictureBytes(uint64(i), 300+i))
		put(t, filepath.Join(inbox, name), contents[i])
	}
	put(t, filepath.Join(inbox, "empty.png"), nil)
	put(t, filepath.Join(inbox, "words.png"), []byte("#!/bin/sh\necho not a picture\n"))
	put(t, filepath.Join(inbox, "notes.txt"), []byte("not taken"))
	m.run("run", "--once").must(0)
	box.onceEach(contents...)
	box.unbroken()
	for _, a := range box.ready() {
		if strings.ContainsAny(a.Name, "\x1b\n") || !utf8.ValidString(a.Name) {
			t.Errorf("the name %q was sent", a.Name)
		}
	}
	listed := m.run("list", "--json").must(0)
	paths := map[string]map[string]any{}
	for line := range strings.Lines(listed.out) {
		v := decode(t, line)
		conforms(t, "item", v, itemFields)
		paths[v["path"].(string)] = v
	}
	want := map[string]string{}
	for _, name := range names {
		escaped := strings.NewReplacer(`\`, `\\`, "\xff", `\xff`, "\xfe", `\xfe`).Replace(name)
		want[escaped] = name
	}
	for escaped, name := range want {
		v, ok := paths[escaped]
		if !ok {
			t.Errorf("list has no path %q", escaped)
			continue
		}
		if v["state"] != "ready" || v["phase"] != "done" || v["project"] != "prj_test" || v["node_id"] == nil || v["canvas_url"] == nil || v["ready_at"] == nil ||
			v["done_at"] == nil || len(v["request_ids"].([]any)) == 0 {
			t.Errorf("%q: %v", escaped, v)
		}
		if st, err := os.Stat(filepath.Join(inbox, name)); err != nil || v["size"].(json.Number).String() != fmt.Sprint(st.Size()) {
			t.Errorf("%q: size %v, want that of %v %v", escaped, v["size"], st, err)
		}
		e := m.run("explain", "--json", inbox+"/"+escaped).must(0)
		if !strings.Contains(e.out, v["asset_id"].(string)) {
			t.Errorf("explain does not take the text form %q back: %s", escaped, e.out)
		}
		if e := m.run("explain", "--json", filepath.Join("inbox", name)).must(0); !strings.Contains(e.out, v["asset_id"].(string)) {
			t.Errorf("explain does not take %q as the shell gives it: %s", name, e.out)
		}
	}
	if v := paths["sub/b c.png"]; v["folder"] != "in/sub" {
		t.Errorf("folder: %v", v["folder"])
	}
	for path, reason := range map[string]string{"empty.png": "size", "words.png": "type"} {
		if v := paths[path]; v["state"] != "skipped" || v["reason"] != reason || v["error"] == nil {
			t.Errorf("%s: %v, want skipped for %s", path, v, reason)
		}
	}
	if len(paths) != len(names)+2 {
		t.Errorf("%d paths, want %d", len(paths), len(names)+2)
	}
	rows, err := csv.NewReader(strings.NewReader(m.run("list", "--csv").must(0).out)).ReadAll()
	if err != nil || len(rows) != len(paths)+1 {
		t.Errorf("CSV: %d rows, %v", len(rows), err)
	}
	at := slices.Index(rows[0], "path")
	for _, row := range rows[1:] {
		if _, ok := paths[strings.TrimPrefix(row[at], "'")]; !ok {
			t.Errorf("CSV has the path %q", row[at])
		}
		if strings.ContainsRune("=+-@", rune(row[at][0])) {
			t.Errorf("a spreadsheet takes %q for a formula", row[at])
		}
	}
	table := m.run("list").must(0)
	if strings.Contains(table.out, "\x1b") || strings.Count(table.out, "\n") != len(paths) {
		t.Errorf("the table lets names through to the terminal: %q", table.out)
	}

	p := m.start("run")
	p.says("root.watching")
	until(t, "the daemon answers", func() error {
		if r := m.run("status", "--json"); r.code != 0 {
			return errors.New(r.err)
		}
		return nil
	})
	v := conformingStatus(t, m.run("status", "--json", "--exit-code").must(0).out)
	if v["healthy"] != true {
		t.Errorf("not healthy: %v", v["reasons"])
	}
	if got := m.run("list", "--json").must(0); got.out != listed.out {
		t.Errorf("with a daemon list says\n%s without one\n%s", got.out, listed.out)
	}
	until(t, "notes.txt is counted", func() error {
		r := conformingStatus(t, m.run("status", "--json").must(0).out)["roots"].([]any)[0].(map[string]any)
		if n := r["not_taken_by_ext"].(map[string]any)[".txt"]; n != json.Number("1") {
			return fmt.Errorf("not_taken_by_ext: %v", r["not_taken_by_ext"])
		}
		return nil
	})
	m.run("pause").must(0)
	v = conformingStatus(t, m.run("status", "--json", "--exit-code").must(1).out)
	if len(v["reasons"].([]any)) == 0 || v["reasons"].([]any)[0].(map[string]any)["code"] != "paused" || v["uploader"].(map[string]any)["state"] != "paused" {
		t.Errorf("paused: %v", v)
	}
	put(t, filepath.Join(inbox, "plain.png"), pictureBytes(99, 5000))
	until(t, "the changed file waits", func() error {
		if c := m.totals(); c.Waiting != 1 {
			return fmt.Errorf("%+v", c)
		}
		return nil
	})
	m.run("resume").must(0)
	m.run("wait", "--timeout", "30s").must(0)
	all := m.items("--all")
	if len(all) != len(paths)+1 {
		t.Errorf("--all lists %d, want every version", len(all))
	}
	for _, it := range m.items() {
		if it["path"] == "plain.png" && (it["sha256"] != digest(pictureBytes(99, 5000)) || len(it["previous_asset_ids"].([]any)) != 1) {
			t.Errorf("the newest version is not listed: %v", it)
		}
	}
	p.signal(syscall.SIGTERM)
	if code := p.exit(); code != 0 {
		t.Errorf("SIGTERM: exit code %d", code)
	}
	for line := range strings.Lines(p.err.String()) {
		v := decode(t, line)
		for _, field := range []string{"time", "level", "event", "message"} {
			if _, ok := v[field].(string); !ok {
				t.Errorf("log line without %s: %s", field, line)
			}
		}
	}
	if strings.Contains(p.err.String(), "sk_sandbox") || p.out.String() != "" {
		t.Error("the log holds the key, or stdout something")
	}
}
