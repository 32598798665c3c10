package config

import (
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// place is where something was written.
type place struct {
	line, column int    // in the file, from 1
	source       string // "--concurrency" or "FLORASYNC_UPLOAD_CONCURRENCY"
}

func placeOf(n ast.Node) place {
	switch m := n.(type) {
	case nil:
		return place{line: 1, column: 1}
	case *ast.MappingNode:
		// The token of a block mapping is the colon behind its first key.
		if !m.IsFlowStyle && len(m.Values) > 0 {
			return placeOfToken(m.Values[0].Key.GetToken())
		}
	case *ast.MappingValueNode:
		return placeOfToken(m.Key.GetToken())
	}
	return placeOfToken(n.GetToken())
}

func placeOfToken(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{line: 1, column: 1}
	}
	return place{line: max(1, t.Position.Line), column: max(1, t.Position.Column)}
}

// nodesN bounds how many nodes one file may stand for, so that aliases of aliases cannot make a small file endless.
const nodesN = 100_000

// plain follows anchors, aliases and tags to the node they stand for; nil for an alias of nothing or of itself.
func (r *reader) plain(n ast.Node) ast.Node {
	for range 100 {
		r.budget--
		switch v := n.(type) {
		case *ast.AnchorNode:
			n = v.Value
		case *ast.TagNode:
			n = v.Value
		case *ast.AliasNode:
			n = r.anchors[v.Value.GetToken().Value]
		default:
			return n
		}
	}
	return nil
}

// anchorFinder collects what aliases may stand for.
type anchorFinder map[string]ast.Node

// Visit implements ast.Visitor.
func (f anchorFinder) Visit(n ast.Node) ast.Visitor {
	if a, ok := n.(*ast.AnchorNode); ok && a.Name != nil {
		f[a.Name.GetToken().Value] = a.Value
	}
	return f
}

// entry is one key of a mapping with its value.
type entry struct {
	name  string
	at    place // of the key
	value ast.Node
}

// entries returns the keys of a mapping in their order. What a merge key (<<) brings comes first, unless the mapping writes it itself.
func (r *reader) entries(m ast.MapNode, path string, depth int) []entry {
	var own, merged []entry
	written := map[string]place{}
	for it := m.MapRange(); it.Next(); {
		r.budget--
		kv := it.KeyValue()
		if kv.Key.IsMergeKey() {
			merged = append(merged, r.merge(kv.Value, path, depth)...)
			continue
		}
		t := kv.Key.GetToken()
		if k, ok := kv.Key.(*ast.MappingKeyNode); ok && k.Value != nil {
			t = k.Value.GetToken()
		}
		e := entry{name: t.Value, at: placeOfToken(t), value: kv.Value}
		if first, twice := written[e.name]; twice {
			r.add(e.at, join(path, e.name), problemf("stands here a second time").or(sameAs(first)))
			continue
		}
		written[e.name] = e.at
		own = append(own, e)
	}
	kept := merged[:0]
	for _, e := range merged {
		if _, mine := written[e.name]; !mine {
			kept = append(kept, e)
		}
	}
	return append(kept, own...)
}

func (r *reader) merge(n ast.Node, path string, depth int) []entry {
	const deepest = 8
	switch v := r.plain(n).(type) {
	case ast.MapNode:
		if depth < deepest && r.budget > 0 {
			return r.entries(v, path, depth+1)
		}
	case *ast.SequenceNode:
		var all []entry
		for _, e := range v.Values {
			if depth < deepest && r.budget > 0 {
				all = append(all, r.merge(e, path, depth+1)...)
			}
		}
		return all
	}
	r.add(placeOf(n), join(path, "<<"), problemf("merges what is not a mapping"))
	return nil
}

// value turns a node into a value of a setting.
func (r *reader) value(n ast.Node) value {
	at := placeOf(n)
	switch v := r.plain(n).(type) {
	case nil, *ast.NullNode:
		return value{kind: isNull, at: at}
	case *ast.SequenceNode:
		l := value{kind: isList, at: at}
		for _, e := range v.Values {
			if r.budget--; r.budget < 0 {
				break
			}
			l.list = append(l.list, r.value(e))
		}
		return l
	case ast.MapNode:
		return value{kind: isMap, at: at}
	case *ast.LiteralNode:
		return value{text: v.Value.Value, at: at}
	case *ast.StringNode:
		return value{text: v.Value, at: at}
	case ast.ScalarNode:
		return value{text: v.GetToken().Value, at: at}
	}
	return value{kind: isNull, at: at}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
