package config

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// fileN bounds a configuration file, in bytes.
const fileN = 1 << 20

// Parse reads a configuration file's text over the defaults and checks it. name is the file's, for errors and, when it is absolute, for the paths
// that are relative to its folder. It is pure: neither the disk nor the environment is read. The error is [Errors]; the Config is returned beside
// it, as far as it could be read.
func Parse(name string, text []byte) (*Config, error) {
	r := newReader(name)
	r.read(text)
	r.check()
	return r.c, r.errs.orNil()
}

// reader reads one configuration, layer by layer.
type reader struct {
	c       *Config
	file    string // as told to the operator
	dir     string // of the file; "" when it is not known
	errs    Errors
	places  map[string]place // where each key that is set was set
	anchors anchorFinder
	budget  int
}

func newReader(name string) *reader {
	r := &reader{c: Default(), file: name, places: map[string]place{}, anchors: anchorFinder{}, budget: nodesN}
	if filepath.IsAbs(name) {
		r.c.File, r.dir = name, filepath.Dir(name)
	}
	return r
}

func (r *reader) add(at place, key string, p *problem) {
	e := &Error{Line: at.line, Column: at.column, Source: at.source, Key: key, Message: p.message, Hint: p.hint}
	if at.source == "" {
		e.File = r.file
	}
	r.errs = append(r.errs, e)
}

func (r *reader) read(text []byte) {
	if len(text) > fileN {
		r.add(place{}, "", problemf("is larger than %d bytes: not a configuration", fileN))
		return
	}
	body, err := parseYAML(bytes.TrimPrefix(text, []byte("\ufeff")))
	if err != nil {
		r.syntax(err)
		return
	}
	if body == nil {
		return
	}
	ast.Walk(r.anchors, body)
	m, ok := r.plain(body).(ast.MapNode)
	if !ok {
		r.add(placeOf(body), "", problemf("is not a mapping of keys to values"))
		return
	}
	r.top(m)
	if r.budget < 0 {
		r.add(place{}, "", problemf("stands for more than %d values", nodesN))
	}
}

// top reads the file's own keys.
func (r *reader) top(m ast.MapNode) {
	for _, e := range r.entries(m, "", 0) {
		switch {
		case e.name == "watch":
			r.watch(e)
		case isSection(e.name):
			r.section(e)
		default:
			if !set(r, settings, r.c, "", e) {
				r.unknown(e, "", topNames())
			}
		}
	}
}

func (r *reader) section(e entry) {
	n := r.plain(e.value)
	if _, empty := n.(*ast.NullNode); empty || n == nil {
		return // every key below it is commented out
	}
	m, ok := n.(ast.MapNode)
	if !ok {
		r.add(placeOf(e.value), e.name, problemf("holds keys: %s", strings.Join(names(settings, e.name+"."), ", ")))
		return
	}
	for _, below := range r.entries(m, e.name, 0) {
		if !set(r, settings, r.c, e.name+".", below) {
			r.unknown(below, e.name, names(settings, e.name+"."))
		}
	}
}

func (r *reader) watch(e entry) {
	n := r.plain(e.value)
	if _, empty := n.(*ast.NullNode); empty || n == nil {
		return
	}
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		r.add(placeOf(e.value), e.name, problemf("is a list of folders").or(`begin each with "- "`))
		return
	}
	for i, n := range list.Values {
		path := fmt.Sprintf("watch[%d]", i)
		w := DefaultWatch()
		r.places[path] = placeOf(n)
		m, ok := r.plain(n).(ast.MapNode)
		if !ok {
			r.add(placeOf(n), path, problemf("holds keys: path, workspace, …"))
			r.places[path+".path"], r.places[path+".workspace"] = place{}, place{}
		} else {
			for _, below := range r.entries(m, path, 0) {
				if !set(r, watchSettings, &w, "", below, path+".") {
					r.unknown(below, path, names(watchSettings, ""))
				}
			}
		}
		r.c.Watch = append(r.c.Watch, w)
		if r.budget < 0 {
			return
		}
	}
}

// set gives a key's value to its setting; false when there is no such key. within is the section, shown what stands before the key in messages
// when that is something else.
func set[T any](r *reader, all []setting[T], to *T, within string, e entry, shown ...string) bool {
	prefix := strings.Join(append(shown, within), "")
	for _, s := range all {
		if s.key == within+e.name {
			r.places[prefix+e.name] = placeOf(e.value)
			v := r.value(e.value)
			if v.kind == isNull { // the value has no token of its own
				v.at = e.at
			}
			r.give(s.set(to, v), v, prefix+e.name)
			if s.path {
				r.resolve(s.at(to), v.at, prefix+e.name)
			}
			return true
		}
	}
	return false
}

func (r *reader) give(p *problem, v value, key string) {
	if p != nil {
		r.add(v.at, key, p)
		r.places[key] = place{} // told: no check tells more
	}
}

// resolve makes a path absolute: what is relative counts from the file's folder.
func (r *reader) resolve(path *string, at place, key string) {
	switch {
	case *path == "":
	case strings.HasPrefix(*path, "~"):
		r.give(problemf("%s: ~ is not expanded", quoted(*path)).or("write the whole path"), value{at: at}, key)
	case filepath.IsAbs(*path):
		*path = filepath.Clean(*path)
	case r.dir != "":
		*path = filepath.Join(r.dir, *path)
	}
}

func isSection(name string) bool { return name != "" && len(names(settings, name+".")) > 0 }

// names returns the keys that begin with prefix, without it.
func names[T any](all []setting[T], prefix string) []string {
	var list []string
	for _, s := range all {
		if key, ok := strings.CutPrefix(s.key, prefix); ok {
			list = append(list, key)
		}
	}
	return list
}

func topNames() []string {
	list := []string{"watch"}
	for _, s := range settings {
		section, _, _ := strings.Cut(s.key, ".")
		if list[len(list)-1] != section {
			list = append(list, section)
		}
	}
	return list
}
