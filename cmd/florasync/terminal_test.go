package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// TestHostileNames: whatever a file is called, and whatever FLORA says, no command writes anything that could move a cursor, turn the text or break a line.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			answer(w, http.StatusNotFound, fault("not_found", "Not found."))
			return
		}
		answer(w, http.StatusBadRequest, fault("input_validation_error", "no\x1b[2J\u202e\r\nERROR forged\x00"))
	}))
	t.Cleanup(server.Close)
	m.vars["FLORA_API_KEY"], m.vars["FLORA_BASE_URL"] = "sk_test", server.URL+"/api/v1"
	m.vars["FLORASYNC_LOG_FORMAT"] = "console" // JSON has its own escapes
	inbox := m.config("    name: \"in\\u202Ebox\"")
	names := []string{"\x1b]0;title\x07.png", "two\nlines.png", "back\b\rslash\\x41.png", "turn\u202e\u2066.png", "bytes\xff\xfe.png", "=cmd|'.png", "tab\tin.png", "\u0085next.png"}
	for i, name := range names {
		put(t, filepath.Join(inbox, name), pictureBytes(uint64(i), 700))
	}
	put(t, filepath.Join(inbox, "not\x1btaken.x\x1b[31my"), nil)
	m.run("run", "--dry-run").must(0).clean(len(names) + 1)
	m.run("run", "--once").must(1).clean(0)
	m.run("list").must(0).clean(len(names))
	m.run("list", "--state", "failed", "--all").must(0).clean(len(names))
	m.run("status").must(3).clean(0)
	m.run("explain", filepath.Join(inbox, "not\x1btaken.x\x1b[31my")).must(0).clean(0)
	for _, name := range names {
		m.run("explain", filepath.Join(inbox, name)).must(0, "failed").clean(0)
		m.run("upload", filepath.Join(inbox, name)).must(1).clean(1)
		m.run("wait", filepath.Join(inbox, name)).must(1).clean(0)
		m.run("explain", filepath.Join(inbox, "no"+name)).clean(0)
		m.run("retry", filepath.Join(inbox, "no"+name)).must(1).clean(0)
	}
	p := m.start("run")
	p.says("is being watched")
	m.run("status").must(0).clean(0)
	m.run("check").clean(0)
	m.run("pause", "--root", "in\u202ebox").must(0)
	m.run("status").must(0).clean(0)
	for _, cells := range strings.Split(m.run("list", "--csv").must(0).out, "\n") {
		for _, cell := range strings.Split(cells, ",") {
			if cell = strings.TrimPrefix(cell, `"`); cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
				t.Errorf("a spreadsheet takes %q for a formula", cell)
			}
		}
	}
}

// clean fails the test when what was printed could do anything to a terminal, or, with lines, has not so many of them.
func (r result) clean(lines int) {
	r.t.Helper()
	for _, text := range []string{r.out, r.err} {
		for i, c := range text {
			_, n := utf8.DecodeRuneInString(text[i:])
			if c == '\n' || !unicode.IsControl(c) && !unicode.Is(unicode.Cf, c) && !unicode.Is(unicode.Zl, c) && !unicode.Is(unicode.Zp, c) && (c != utf8.RuneError || n > 1) {
				continue
			}
			if c == '\t' && r.args[0] == "upload" { // between its columns
				continue
			}
			r.t.Errorf("florasync %q prints %q: %q", r.args, c, text)
			return
		}
		if strings.Contains(text, "\nERROR forged") {
			r.t.Errorf("florasync %q lets FLORA write a line of its own: %q", r.args, text)
		}
	}
	if n := strings.Count(r.out, "\n"); lines > 0 && n != lines {
		r.t.Errorf("florasync %q prints %d lines, want %d: %q", r.args, n, lines, r.out)
	}
}
