package watcher

import (
	"strings"
	"time"

	"github.com/florasync/florasync/state"
)

// dirID tells directories apart: inodes are reused at once, births are not. Zero on network file systems.
type dirID struct {
	inode uint64
	born  int64
}

func idOf(p state.Fingerprint) dirID { return dirID{p.Inode, p.Born} }

// node is a directory of the tree.
type node struct {
	parent   *node
	name     string
	children map[string]*node

	id      dirID
	stamp   stamp // when last listed
	listed  bool
	watched bool
	refused map[string]int64 // not taken, by extension
	holds   bool             // a hold file may stand in it: its last listing found one, or an event told of one since

	listedAt time.Time
	took     time.Duration // to list it
}

// stamp moves when a name is added to a directory or removed.
type stamp struct{ mtime, ctime int64 }

func stampOf(p state.Fingerprint) stamp { return stamp{p.MTime, p.CTime} }

// path returns the node's path below the root, "" for the root.
func (n *node) path() string {
	if n.parent == nil {
		return ""
	}
	var parts []string
	for ; n.parent != nil; n = n.parent {
		parts = append(parts, n.name)
	}
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(parts, "/")
}

// tree is the map of a root's directories that were entered. It is owned by the root's loop.
type tree struct {
	root *node
	byID map[dirID]*node // watched ones
}

func newTree() *tree { return &tree{root: &node{}, byID: map[dirID]*node{}} }

// find returns the node of a directory, or nil.
func (t *tree) find(dir string) *node {
	n := t.root
	if dir == "" {
		return n
	}
	for part := range strings.SplitSeq(dir, "/") {
		if n = n.children[part]; n == nil {
			return nil
		}
	}
	return n
}

// add returns the child of a node, made when it is missing.
func (t *tree) add(parent *node, name string) *node {
	if n, ok := parent.children[name]; ok {
		return n
	}
	n := &node{parent: parent, name: name}
	if parent.children == nil {
		parent.children = map[string]*node{}
	}
	parent.children[name] = n
	return n
}

// cut takes a node and all below it out of the tree and hands each to gone, deepest first, with its path.
func (t *tree) cut(n *node, gone func(n *node, path string)) {
	path := n.path()
	if n.parent != nil {
		delete(n.parent.children, n.name)
	}
	t.each(n, path, gone)
}

// each visits a node and all below it, deepest first.
func (t *tree) each(n *node, path string, visit func(n *node, path string)) {
	for name, child := range n.children {
		t.each(child, string(state.Join(path, name)), visit)
	}
	visit(n, path)
}

// unwatched forgets which node an identity belongs to.
func (t *tree) unwatched(n *node) {
	if t.byID[n.id] == n {
		delete(t.byID, n.id)
	}
	n.watched = false
}
