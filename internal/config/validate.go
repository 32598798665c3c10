package config

import (
	"net"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

// check tells what is wrong with values that are well-formed alone.
func (r *reader) check() {
	r.baseURL()
	r.keyFile("api.key_file", r.c.API.KeyFile)
	r.listen()
	for i := range r.c.Watch {
		r.root(&r.c.Watch[i], "watch["+strconv.Itoa(i)+"]")
	}
	r.names()
	r.nesting()
	r.destinations()
}

// fail tells a problem of a key that was read well; a key with a problem already keeps that one.
func (r *reader) fail(key string, p *problem) {
	at, ok := r.places[key]
	if !ok { // not written: the root it is missing from
		section, _, _ := strings.Cut(key, ".")
		at = r.places[section]
	} else if at == (place{}) {
		return
	}
	r.add(at, key, p)
}

func (r *reader) baseURL() {
	u, err := flora.ParseBaseURL(r.c.API.BaseURL)
	if err != nil {
		r.fail("api.base_url", problemf("%s", strings.TrimPrefix(err.Error(), "base URL: ")))
		return
	}
	r.c.API.BaseURL = u.String()
}

// keyFile refuses a key where its file's name belongs, without repeating it.
func (r *reader) keyFile(key, path string) {
	if base := filepath.Base(path); secret.MatchString(base) && strings.HasPrefix(base, "sk_") {
		r.fail(key, problemf("holds a key, and a configuration is no place for one").or("put it into a file and name that, and have the key replaced"))
	}
}

func (r *reader) listen() {
	if r.c.Server.Listen == "" {
		return
	}
	host, port, err := net.SplitHostPort(r.c.Server.Listen)
	if n, bad := strconv.Atoi(port); err != nil || bad != nil || n < 0 || n > 65535 {
		r.fail("server.listen", problemf("%s is not an address such as 127.0.0.1:9309", quoted(r.c.Server.Listen)))
		return
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		r.c.Warnings = append(r.c.Warnings, "server.listen: whoever reaches "+r.c.Server.Listen+" can read counts and folder names; 127.0.0.1 keeps it to this machine")
	}
}

func (r *reader) root(w *Watch, at string) {
	switch {
	case w.Path == "":
		r.fail(at+".path", problemf("is required").or("name the folder to watch"))
	case !filepath.IsAbs(w.Path):
		r.fail(at+".path", problemf("%s is not an absolute path", quoted(w.Path)))
	case w.Name == "":
		w.Name = filepath.Base(w.Path)
	}
	switch {
	case w.Workspace == "":
		r.fail(at+".workspace", problemf("is required").or("it is the workspace's id at FLORA, ws_…"))
	case !publicID(w.Workspace, "ws_"):
		r.fail(at+".workspace", problemf("%s is not a workspace id: it starts with ws_", quoted(w.Workspace)))
	}
	if w.Project != "" && !publicID(w.Project, "prj_") {
		r.fail(at+".project", problemf("%s is not a project id: it starts with prj_", quoted(w.Project)))
	}
	if err := state.CheckFolder(w.Folder); err != nil {
		_, message, _ := strings.Cut(err.Error(), ": ")
		r.fail(at+".folder", problemf("%s: %s", quoted(w.Folder), message))
	}
	r.keyFile(at+".key_file", w.KeyFile)
	r.patterns(at+".include", w.Include)
	r.patterns(at+".exclude", w.Exclude)
	if w.MaxSize > 0 && w.MaxSize < w.MinSize {
		r.fail(at+".max_size", problemf("%d is less than min_size, %d: no file would be taken", w.MaxSize, w.MinSize))
	}
}

// publicID reports whether id has the prefix that FLORA enforces, and nothing that could not stand in a path.
func publicID(id, prefix string) bool {
	rest, ok := strings.CutPrefix(id, prefix)
	return ok && rest != "" && strings.Trim(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == ""
}

func (r *reader) patterns(key string, patterns []string) {
	for _, p := range patterns {
		switch {
		case p == "":
			r.fail(key, problemf("an empty pattern matches nothing").or("remove it"))
		case !doublestar.ValidatePattern(p):
			r.fail(key, problemf("%s is not a pattern", quoted(p)).or("brackets and braces must be closed; a literal one is written \\[ or \\{"))
		case strings.HasPrefix(p, "/"):
			r.fail(key, problemf("%s never matches: patterns are below the root and do not start with /", quoted(p)).or("did you mean "+quoted(strings.TrimLeft(p, "/"))+"?"))
		}
	}
}

func (r *reader) names() {
	first := map[string]int{}
	for i, w := range r.c.Watch {
		at := "watch[" + strconv.Itoa(i) + "]"
		if w.Name == "" {
			continue
		}
		if strings.ContainsFunc(w.Name, func(c rune) bool { return c < ' ' || c == 0x7f }) {
			r.fail(at+".name", problemf("%s holds a control character", quoted(w.Name)))
		}
		if j, taken := first[w.Name]; taken {
			r.fail(at+".name", problemf("watch[%d] is called %s, too", j, quoted(w.Name)).or("give one of them a name of its own"))
			continue
		}
		first[w.Name] = i
	}
}

// nesting refuses roots inside each other: a file would belong to both.
func (r *reader) nesting() {
	for i, w := range r.c.Watch {
		for j := range i {
			v := r.c.Watch[j]
			if w.Path == "" || v.Path == "" {
				continue
			}
			switch key := "watch[" + strconv.Itoa(i) + "].path"; {
			case w.Path == v.Path:
				r.fail(key, problemf("%s is the folder of watch[%d], too", quoted(w.Path), j))
			case within(w.Path, v.Path):
				r.fail(key, problemf("%s lies inside %s of watch[%d]", quoted(w.Path), quoted(v.Path), j).or("watch the outer one and exclude what is not wanted"))
			case within(v.Path, w.Path):
				r.fail(key, problemf("%s contains %s of watch[%d]", quoted(w.Path), quoted(v.Path), j).or("watch the outer one and exclude what is not wanted"))
			}
		}
	}
}

// destinations checks where finished files are moved.
func (r *reader) destinations() {
	for i, w := range r.c.Watch {
		at := "watch[" + strconv.Itoa(i) + "]"
		key := at + ".move_to"
		switch {
		case w.MoveTo == "" && w.After == "move":
			r.fail(at+".after", problemf("move needs move_to"))
			continue
		case w.MoveTo == "":
			continue
		case w.After != "move":
			r.fail(key, problemf("only counts with after: move").or("after is "+w.After))
			continue
		case !filepath.IsAbs(w.MoveTo):
			r.fail(key, problemf("%s is not an absolute path", quoted(w.MoveTo)))
			continue
		}
		for j, v := range r.c.Watch {
			switch {
			case v.Path == "":
			case w.MoveTo == v.Path || within(w.MoveTo, v.Path):
				r.fail(key, problemf("%s lies inside the folder of watch[%d]: what is moved there would be uploaded again", quoted(w.MoveTo), j))
			case within(v.Path, w.MoveTo):
				r.fail(key, problemf("%s contains the folder of watch[%d]: what is moved there could be uploaded again", quoted(w.MoveTo), j))
			}
		}
	}
}

// within reports whether path lies strictly below dir. Both are clean.
func within(path, dir string) bool {
	return path != dir && strings.HasPrefix(path, strings.TrimSuffix(dir, "/")+"/")
}
