package main

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// record returns the files of the record.
func (m *machine) record() []string {
	m.t.Helper()
	files, err := filepath.Glob(m.path("state/florasync/florasync.db*"))
	if err != nil || len(files) == 0 {
		m.t.Fatalf("no record: %v", err)
	}
	return files
}

// searched searches every file of the home, but for those that hold the secrets by right.
func (m *machine) searched(when string) {
	m.t.Helper()
	err := filepath.WalkDir(m.home, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || path == m.path("key") || strings.HasPrefix(path, m.path("config")) {
			return err
		}
		text, err := os.ReadFile(path)
		m.leak(strings.TrimPrefix(path, m.home)+" "+when, string(text))
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
}

// leak fails the test when a text holds a secret in any spelling.
func (m *machine) leak(where, text string) {
	m.t.Helper()
	m.leakOf(marks, where, text)
}

func (m *machine) leakOf(marks []string, where, text string) {
	m.t.Helper()
	for _, mark := range marks {
		for _, spelling := range spellings(mark) {
			if at := strings.Index(text, spelling); at >= 0 {
				m.t.Errorf("%s: holds %q: …%q…", where, spelling, text[max(0, at-120):min(len(text), at+len(spelling)+80)])
				break
			}
		}
	}
}

// spellings are the ways in which a text can hold a secret. Half of it is as good as all.
func spellings(mark string) []string {
	quoted, _ := json.Marshal(mark) // of a string
	all := []string{mark, mark[:len(mark)*2/3], strings.Trim(string(quoted), `"`), url.QueryEscape(mark), url.PathEscape(mark), html.EscapeString(mark)}
	for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for shift := range 3 { // wherever in a longer text it stands
			coded := e.EncodeToString([]byte(strings.Repeat("x", shift) + mark))
			all = append(all, coded[(shift*8+5)/6+1:len(coded)-2])
		}
	}
	return all
}
