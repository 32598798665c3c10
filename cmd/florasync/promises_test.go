package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// fail notes a broken promise and the words by which the lines that tell of it can be found.
func (s *storm) fail(words []string, format string, args ...any) {
	s.t.Helper()
	s.t.Errorf(format, args...)
	s.words = append(s.words, words...)
}

// promises asserts what docs/guarantees.md promises, of the folders, the record and FLORA at rest.
func (s *storm) promises() {
	s.t.Helper()
	ready := map[string][]asset{}
	for _, a := range s.box.ready() {
		ready[a.SHA256] = append(ready[a.SHA256], a)
	}
	s.neverTwice(ready)
	s.neverLost(ready)
	s.neverTouched(ready)
	s.accounts(ready)
	s.lawful()
	s.machine.run("state", "check").must(0, "sound")
}

// neverTwice asserts promises 2 and 3: what is ready was a complete version, and is ready once for each path it came to.
func (s *storm) neverTwice(ready map[string][]asset) {
	s.t.Helper()
	for sum, assets := range ready {
		a := assets[0]
		switch how := s.tree.versions[sum]; {
		case how == "":
			s.fail([]string{a.ID}, "%s is ready as %s with bytes that never were a version of a file", a.Name, a.ID)
		case len(assets) > s.tree.placed[sum] && !s.tree.linked[sum]:
			s.fail([]string{a.ID, assets[1].ID, sum}, "%s is ready %d times, for %d paths: %s, %s", how, len(assets), s.tree.placed[sum], a.ID, assets[1].ID)
		}
		for _, a := range assets {
			if want := s.project; len(a.Projects) > 1 || len(a.Nodes) > 1 || want != (len(a.Nodes) == 1) {
				s.fail([]string{a.ID}, "%s is on the canvas %d times (project wanted: %v)", a.ID, len(a.Nodes), want)
			}
		}
	}
}

// neverLost asserts promise 1: what stands is ready, once for each path.
func (s *storm) neverLost(ready map[string][]asset) {
	s.t.Helper()
	for sum, n := range s.tree.standing() {
		if s.tree.linked[sum] {
			n = 1
		}
		if len(ready[sum]) < n {
			s.fail(append(s.at(sum), sum), "%s stands at %q and is ready %d times", s.tree.versions[sum], s.at(sum), len(ready[sum]))
		}
	}
}

// at returns the paths that hold a version, as commands spell them.
func (s *storm) at(sum string) (paths []string) {
	for _, path := range s.tree.paths() {
		if s.tree.stands[path].sum == sum {
			paths = append(paths, spelled(path))
		}
	}
	return paths
}

// neverTouched asserts promise 4: the inbox holds what the writers left there, but for what was moved or deleted once it was ready.
func (s *storm) neverTouched(ready map[string][]asset) {
	s.t.Helper()
	here, moved := s.digests(s.inbox), s.digests(s.done)
	for path, sum := range here {
		f := s.tree.stands[path]
		switch {
		case strings.Contains(path, ".florasync-"):
			s.fail([]string{spelled(path), sum}, "a leftover: %q", path)
		case s.tree.versions[sum] == "":
			s.fail([]string{spelled(path)}, "%q holds bytes that nobody wrote", path)
		case s.after == "keep" && (f == nil || f.sum != sum):
			s.fail([]string{spelled(path)}, "%q holds %s, which was not left there", path, s.tree.versions[sum])
		case s.after != "keep":
			s.fail([]string{spelled(path), sum}, "%q (%s) is ready %d times and was not taken away", path, s.tree.versions[sum], len(ready[sum]))
		}
	}
	for path, sum := range moved {
		if len(ready[sum]) == 0 {
			s.fail([]string{spelled(path), sum}, "%q (%s) was moved and is not ready", path, s.tree.versions[sum])
		}
	}
	inDone := map[string]bool{}
	for _, sum := range moved {
		inDone[sum] = true
	}
	for path, f := range s.tree.stands {
		switch {
		case here[path] == f.sum, s.after == "move" && inDone[f.sum], s.after == "delete" && len(ready[f.sum]) > 0:
		default:
			s.fail([]string{spelled(path), f.sum}, "%q (%s) vanished; it is ready %d times", path, s.tree.versions[f.sum], len(ready[f.sum]))
		}
	}
}

// accounts asserts that the commands tell of each file what is so.
func (s *storm) accounts(ready map[string][]asset) {
	s.t.Helper()
	items := s.items("--all")
	total := s.totals()
	if int(total.Seen) != len(items) || total.Waiting+total.Active+total.Failed != 0 {
		s.t.Errorf("%d items, totals %+v", len(items), total)
	}
	byAsset := map[string]bool{}
	for _, it := range items {
		id, sum := fmt.Sprint(it["asset_id"]), fmt.Sprint(it["sha256"])
		switch state, reason := it["state"], it["reason"]; {
		case state == "skipped" && (reason == "gone" || reason == "changed"):
		case state == "ready" && it["error"] == nil:
			if byAsset[id] {
				s.fail([]string{id}, "two items have asset %s", id)
			}
			byAsset[id] = true
			if !slices.ContainsFunc(ready[sum], func(a asset) bool { return a.ID == id }) {
				s.fail([]string{id, fmt.Sprint(it["id"])}, "%v (%v) is said to be ready as %s with %s, and is not", it["id"], it["path"], id, sum)
			}
		default:
			s.fail([]string{fmt.Sprint(it["id"])}, "%v (%v) rests as %v: %v %v", it["id"], it["path"], state, reason, it["error"])
		}
	}
	for sum, assets := range ready {
		for _, a := range assets {
			if !byAsset[a.ID] {
				s.fail([]string{a.ID}, "%s is ready as %s, and no item says so", s.tree.versions[sum], a.ID)
			}
		}
	}
	if s.after == "keep" {
		s.newest()
	}
}

// newest asserts that the item of each path is the version that stands there.
func (s *storm) newest() {
	s.t.Helper()
	by := map[string]map[string]any{}
	for _, it := range s.items() {
		by[fmt.Sprint(it["path"])] = it
	}
	for path, f := range s.tree.stands {
		if it := by[spelled(path)]; f.linked {
			continue
		} else if it == nil || it["state"] != "ready" || it["sha256"] != f.sum {
			s.fail([]string{spelled(path)}, "%q stands with %s; its item says %v %v", path, f.sum, it["state"], it["sha256"])
		}
	}
}

// lawful asserts that no rule of FLORA was broken. One of them a client that was killed cannot keep: who was told to wait is dead.
func (s *storm) lawful() {
	s.t.Helper()
	var all []struct{ Rule, Detail, Asset, Name string }
	s.box.get("/sandbox/violations", &all)
	for _, v := range all {
		if v.Rule != "request_while_throttled" {
			s.fail([]string{v.Asset}, "a rule of FLORA was broken: %+v", v)
		}
	}
}

// digests returns what stands below a folder.
func (s *storm) digests(dir string) map[string]string {
	s.t.Helper()
	sums := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		h := sha256.New()
		if _, err := io.Copy(h, f); err != nil {
			return err
		}
		below, err := filepath.Rel(dir, path)
		sums[below] = hex.EncodeToString(h.Sum(nil))
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return sums
}

// spelled is a path as commands spell it: UTF-8 as it is, other bytes and the backslash escaped.
func spelled(path string) string {
	var b strings.Builder
	for len(path) > 0 {
		r, n := utf8.DecodeRuneInString(path)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, path[0])
		case r == '\\':
			b.WriteString(`\\`)
		default:
			b.WriteString(path[:n])
		}
		path = path[n:]
	}
	return b.String()
}

// concerned returns the words by which the log's lines of what failed are found: paths, digests, assets, and the ids of their items.
func (s *storm) concerned() []string {
	words := map[string]bool{}
	for _, w := range s.words {
		if w != "" {
			words[w] = true
		}
	}
	for _, it := range s.items("--all") {
		for _, field := range []string{"path", "asset_id", "sha256"} {
			if v, _ := it[field].(string); words[v] {
				words[fmt.Sprint(it["id"])] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(words))
}
