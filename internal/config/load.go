package config

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Options say what [Load] reads.
type Options struct {
	File  string            // from [Find]; "" none
	Env   []string          // NAME=value, as os.Environ; nil: os.Environ
	Flags map[string]string // overrides by flag name without dashes: concurrency, listen, log-format, log-level, state-dir; or by key: "api.base_url"
	Watch *Watched          // --watch and what belongs to it; nil when not given
	Dir   string            // what relative paths in flags and environment count from; "": the working directory
}

// Watched is a root made from flags: it replaces the file's.
type Watched struct{ Path, Workspace, Folder, Project string }

// Load reads the layers, flag > environment > file > default, checks the result and finds the state directory. The error is [Errors] for what an
// operator wrote, or says that the file cannot be read.
func Load(o Options) (*Config, error) {
	r, err := layers(o)
	if err != nil {
		return nil, err
	}
	if err := r.errs.orNil(); err != nil {
		return nil, err
	}
	return r.c, nil
}

// LoadStateDir reads the layers for where the record is, whatever else is wrong with them: a daemon that runs is found there although its file was
// changed for the worse since. "" when that cannot be told.
func LoadStateDir(o Options) string {
	r, err := layers(o)
	if err != nil {
		return ""
	}
	return r.c.StateDir
}

// layers reads flag, environment, file and default, and checks the result; what is wrong stands in the reader. The error says that there is nothing to
// read.
func layers(o Options) (*reader, error) {
	if o.Env == nil {
		o.Env = os.Environ()
	}
	if o.Dir == "" {
		dir, err := workingDir()
		if err != nil {
			return nil, fmt.Errorf("find the working directory: %w", err)
		}
		o.Dir = dir
	}
	r, err := readFile(o.File)
	if err != nil {
		return nil, err
	}
	env := lookup(o.Env)
	keys := environOf(env)
	r.c.env = &keys
	r.dir = o.Dir
	r.environment(o.Env)
	r.flags(o.Flags)
	r.watched(o.Watch)
	r.check()
	if dir, err := StateDirFor(r.c.StateDir, r.c.File, env); err != nil {
		r.errs = append(r.errs, err.(*Error))
	} else {
		r.c.StateDir = dir
	}
	return r, nil
}

// workingDir is os.Getwd, also for who may not enter it: root's home, when `check --as` or su has made somebody else of him there.
func workingDir() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return syscall.Getwd()
	}
	return dir, nil
}

func readFile(name string) (*reader, error) {
	if name == "" {
		return newReader(""), nil
	}
	name, err := filepath.Abs(name)
	if err != nil {
		return nil, fmt.Errorf("find the configuration: %w", err)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, &Error{File: name, Message: reasonOf(err)}
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, fileN+1))
	if err != nil {
		return nil, &Error{File: name, Message: reasonOf(err)}
	}
	r := newReader(name)
	r.read(body)
	return r, nil
}

// EnvName returns the environment's name of a scalar key: FLORASYNC_UPLOAD_CONCURRENCY for upload.concurrency.
func EnvName(key string) string {
	return "FLORASYNC_" + strings.ToUpper(strings.NewReplacer(".", "_").Replace(key))
}

// environment reads the variables of the scalar keys. An empty one counts as not set.
func (r *reader) environment(env []string) {
	get := lookup(env)
	if url := get("FLORA_BASE_URL"); url != "" && get(EnvName("api.base_url")) == "" {
		r.override("api.base_url", url, "FLORA_BASE_URL")
	}
	known := []string{"FLORASYNC_CONFIG"}
	for _, s := range settings {
		name := EnvName(s.key)
		known = append(known, name)
		if v := get(name); v != "" {
			r.override(s.key, v, name)
		}
	}
	r.strangers(env, known)
}

// strangers warns of variables that look like ours: they may as well be meant for something around us, so they are no error.
func (r *reader) strangers(env, known []string) {
	for _, pair := range env {
		name, _, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "FLORASYNC_") || slices.Contains(known, name) {
			continue
		}
		hint := didYouMean(name, known)
		if strings.HasSuffix(name, "API_KEY") {
			hint = "the key is read from FLORA_API_KEY"
		}
		r.c.Warnings = append(r.c.Warnings, strings.TrimSuffix("the variable "+name+" is not a setting; "+hint, "; "))
	}
}

func (r *reader) flags(flags map[string]string) {
	left := len(flags)
	for _, s := range settings {
		if v, ok := flags[s.key]; ok {
			r.override(s.key, v, s.key)
			left--
		}
		if v, ok := flags[s.flag]; ok && s.flag != "" {
			r.override(s.key, v, "--"+s.flag)
			left--
		}
	}
	if left > 0 {
		r.add(place{}, "", problemf("a flag that is no setting was given as one"))
	}
}

func (r *reader) override(key, text, source string) {
	for _, s := range settings {
		if s.key != key {
			continue
		}
		v := value{text: text, at: place{source: source}}
		r.places[key] = v.at
		r.dropErrors(key)
		r.give(s.set(r.c, v), v, key)
		if s.path {
			r.resolve(s.at(r.c), v.at, key)
		}
	}
}

// dropErrors forgets what was wrong with a variable that a flag overrides. The file's errors stay: they would come back with the flag gone.
func (r *reader) dropErrors(key string) {
	r.errs = slices.DeleteFunc(r.errs, func(e *Error) bool { return e.Key == key && e.Source != "" })
}

func (r *reader) watched(w *Watched) {
	if w == nil {
		return
	}
	if w.Path == "" {
		for _, f := range []struct{ name, value string }{{"--workspace", w.Workspace}, {"--folder", w.Folder}, {"--project", w.Project}} {
			if f.value != "" {
				r.add(place{source: f.name}, "", problemf("belongs to --watch"))
			}
		}
		return
	}
	root := DefaultWatch()
	root.Path, root.Workspace, root.Folder, root.Project = w.Path, w.Workspace, w.Folder, w.Project
	r.errs = slices.DeleteFunc(r.errs, func(e *Error) bool { return strings.HasPrefix(e.Key, "watch[") })
	for key := range r.places {
		if strings.HasPrefix(key, "watch[") {
			delete(r.places, key)
		}
	}
	r.places["watch[0]"] = place{source: "--watch"}
	for _, s := range watchSettings {
		if s.flag != "" {
			r.places["watch[0]."+s.key] = place{source: "--" + s.flag}
		}
	}
	r.resolve(&root.Path, r.places["watch[0].path"], "watch[0].path")
	r.c.Watch = []Watch{root}
}

func lookup(env []string) getenv {
	m := make(map[string]string, len(env))
	for _, pair := range env {
		name, v, _ := strings.Cut(pair, "=")
		m[name] = v
	}
	return func(name string) string { return m[name] }
}
