package main

import (
	"maps"
	"slices"
	"strings"
)

// tree is what a writer knows of its files: every complete version there ever was, and what stands where now.
type tree struct {
	versions map[string]string // digest → how it came to be
	placed   map[string]int    // digest → at how many paths it came to be, renames apart: it may be ready so often
	linked   map[string]bool   // digests of files with several names; which of them an asset is for, and when it is made, may take another scan
	stands   map[string]*file
}

// file is what one or more paths (hard links) hold.
type file struct {
	sum    string
	linked bool // has, or had, several names: which of them is renamed, nobody can tell (docs/guarantees.md)
}

func newTree() tree {
	return tree{versions: map[string]string{}, placed: map[string]int{}, linked: map[string]bool{}, stands: map[string]*file{}}
}

func (t *tree) put(path, sum string) {
	t.stands[path] = &file{sum: sum}
	t.placed[sum]++
}

// rewritten: the file at the path, and at its other names, has other bytes.
func (t *tree) rewritten(path, sum string) {
	f := t.stands[path]
	f.sum = sum
	if f.linked {
		t.linked[sum] = true
	}
	for _, other := range t.stands {
		if other == f {
			t.placed[sum]++
		}
	}
}

func (t *tree) alias(path, to string) {
	t.stands[to] = t.stands[path]
	t.stands[to].linked = true
	t.linked[t.stands[to].sum] = true
	t.placed[t.stands[to].sum]++
}

func (t *tree) renamed(path, to string) {
	t.stands[to] = t.stands[path]
	delete(t.stands, path)
}

// renamedBelow: a folder has another name; "": it was taken out.
func (t *tree) renamedBelow(dir, to string) {
	for _, path := range t.paths() {
		if rest, below := strings.CutPrefix(path, dir+"/"); below && to == "" {
			delete(t.stands, path)
		} else if below {
			t.renamed(path, to+"/"+rest)
		}
	}
}

// stays reports whether a file at a path, or below it, must not be renamed.
func (t *tree) stays(path string) bool {
	for at, f := range t.stands {
		if f.linked && (at == path || strings.HasPrefix(at, path+"/")) {
			return true
		}
	}
	return false
}

// paths returns where files stand, in order, so that a seed means the same choices.
func (t *tree) paths() []string { return slices.Sorted(maps.Keys(t.stands)) }

// merge takes over what another writer knows; they have no path and no version in common.
func (t *tree) merge(other tree) {
	maps.Copy(t.versions, other.versions)
	maps.Copy(t.placed, other.placed)
	maps.Copy(t.linked, other.linked)
	maps.Copy(t.stands, other.stands)
}

// standing counts the paths that hold a version.
func (t *tree) standing() map[string]int {
	n := map[string]int{}
	for _, f := range t.stands {
		n[f.sum]++
	}
	return n
}
