package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/florasync/florasync/internal/source"
)

// Finding is what a look at the disk found wrong with a configuration that is right in itself.
type Finding struct {
	Key     string // "watch[0].path"
	Root    string // the root's name; "" for what concerns all
	Message string
	Hint    string // the cure
	Fatal   bool   // the daemon cannot start with it; else it starts, says it, and goes on when it is put right
}

// String returns one line.
func (f Finding) String() string {
	s := f.Key + ": " + f.Message
	if f.Hint != "" {
		s += "; " + f.Hint
	}
	return s
}

// CheckDisk looks at what the configuration names: folders, rights, the state directory, where finished files go, key files. It changes nothing.
func (c *Config) CheckDisk() []Finding {
	list := c.checkState()
	for i := range c.Watch {
		list = append(list, c.checkRoot(i)...)
	}
	list = append(list, c.checkLinks()...)
	list = append(list, c.checkCAs()...)
	return append(list, c.checkKeys()...)
}

func (c *Config) checkState() []Finding {
	at := func(fatal bool, hint, format string, args ...any) []Finding {
		return []Finding{{Key: "state_dir", Message: fmt.Sprintf(format, args...), Hint: hint, Fatal: fatal}}
	}
	dir := source.Nearest(c.StateDir)
	switch st, err := os.Stat(dir); {
	case err != nil:
		return at(true, "", "%s: %s", c.StateDir, reasonOf(err))
	case !st.IsDir():
		return at(true, "name a folder", "%s is not a folder", dir)
	}
	if kind, err := source.Network(dir); err == nil && kind != "" {
		return at(true, "the record needs locks and a disk that keeps its word: choose a local folder with --state-dir", "%s is on a network file system (%s)", c.StateDir, kind)
	}
	for _, w := range c.Watch {
		if real := resolved(c.StateDir); real == resolved(w.Path) || within(real, resolved(w.Path)) {
			return at(true, "choose another with --state-dir", "%s lies inside the watched folder %s", c.StateDir, w.Path)
		}
	}
	if made, ok := etcState(c.File); ok && made == c.StateDir && dir != c.StateDir {
		return nil // the unit makes it when it starts: StateDirectory=
	}
	if err := syscall.Access(dir, accessWrite|accessEnter); err != nil {
		return at(true, "let the user florasync runs as write there, or choose another with --state-dir", "%s cannot be written: %s", dir, err)
	}
	return nil
}

// Modes of access(2).
const (
	accessEnter = 1
	accessWrite = 2
	accessRead  = 4
)

func (c *Config) checkRoot(i int) []Finding {
	w := c.Watch[i]
	at := func(key string, fatal bool, hint, format string, args ...any) Finding {
		return Finding{Key: fmt.Sprintf("watch[%d].%s", i, key), Root: w.Name, Message: fmt.Sprintf(format, args...), Hint: hint, Fatal: fatal}
	}
	st, err := os.Stat(w.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return []Finding{at("path", false, c.cure(w.Path, err, "make it, or mount what belongs there"), "%s is not there", w.Path)}
	case err != nil:
		return []Finding{at("path", false, c.cure(w.Path, err, "let the user florasync runs as enter it"), "%s: %s", w.Path, reasonOf(err))}
	case !st.IsDir():
		return []Finding{at("path", true, "name the folder it stands in", "%s is not a folder", w.Path)}
	}
	if err := syscall.Access(w.Path, accessRead|accessEnter); err != nil {
		return []Finding{at("path", false, c.cure(w.Path, err, "let the user florasync runs as read it"), "%s cannot be read: %s", w.Path, err)}
	}
	if w.After == "keep" {
		return nil
	}
	if err := syscall.Access(w.Path, accessWrite|accessEnter); err != nil {
		return []Finding{at("after", false, c.cure(w.Path, err, "let the user florasync runs as write there, or choose after: keep"), "%s cannot be written: %s", w.Path, err)}
	}
	if w.After == "move" {
		if f, bad := c.checkMove(w); bad {
			return []Finding{at("move_to", f.Fatal, f.Hint, "%s", f.Message)}
		}
	}
	return nil
}

// checkMove tells whether a rename from the root to its destination can work: rename(2) does not cross file systems, nor mounts of the same one.
func (c *Config) checkMove(w Watch) (Finding, bool) {
	st, err := os.Stat(w.MoveTo)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Finding{Message: w.MoveTo + " is not there", Hint: "mkdir " + ShellWord(w.MoveTo)}, true
	case err != nil:
		return Finding{Message: w.MoveTo + ": " + reasonOf(err)}, true
	case !st.IsDir():
		return Finding{Message: w.MoveTo + " is not a folder", Hint: "name a folder", Fatal: true}, true
	}
	if err := syscall.Access(w.MoveTo, accessWrite|accessEnter); err != nil {
		return Finding{Message: fmt.Sprintf("%s cannot be written: %s", w.MoveTo, err), Hint: c.cure(w.MoveTo, err, "let the user florasync runs as write there")}, true
	}
	from, err := identity(w.Path)
	if err != nil {
		return Finding{Message: err.Error()}, true
	}
	to, err := identity(w.MoveTo)
	if err != nil {
		return Finding{Message: err.Error()}, true
	}
	if from.Device == to.Device && from.Mount == to.Mount {
		return Finding{}, false
	}
	f := Finding{Message: w.MoveTo + " is on another file system than " + w.Path, Hint: "choose a folder on the same one, outside every root", Fatal: true}
	if from.Device == to.Device {
		f.Message += ", as far as moving goes: it is another mount of it"
		f.Hint += "; ReadWritePaths= of a unit makes a mount of each folder it names, so name the one above both"
	}
	return f, true
}

func identity(dir string) (source.Identity, error) {
	r, err := source.New("", dir)
	if err != nil {
		return source.Identity{}, err
	}
	return r.Identity()
}

// checkLinks finds roots and destinations that lie inside each other by way of links, which their names do not show.
func (c *Config) checkLinks() []Finding {
	var list []Finding
	for i, w := range c.Watch {
		path := resolved(w.Path)
		for j := range i {
			other := resolved(c.Watch[j].Path)
			if path == other || within(path, other) || within(other, path) {
				list = append(list, Finding{Key: fmt.Sprintf("watch[%d].path", i), Root: w.Name, Fatal: true, Hint: "watch the outer one alone",
					Message: fmt.Sprintf("%s and %s of watch[%d] are the same files", w.Path, c.Watch[j].Path, j)})
			}
		}
		if w.MoveTo == "" {
			continue
		}
		to := resolved(w.MoveTo)
		for j, v := range c.Watch {
			if root := resolved(v.Path); to == root || within(to, root) || within(root, to) {
				list = append(list, Finding{Key: fmt.Sprintf("watch[%d].move_to", i), Root: w.Name, Fatal: true, Hint: "choose a folder outside every root",
					Message: fmt.Sprintf("%s overlaps the folder of watch[%d]", w.MoveTo, j)})
			}
		}
	}
	return list
}

func (c *Config) checkCAs() []Finding {
	if _, err := c.RootCAs(); err != nil {
		return []Finding{{Key: "api.ca_file", Message: err.Error(), Hint: "name a PEM file with the certificate of an authority, which the user florasync runs as may read", Fatal: true}}
	}
	return nil
}

func (c *Config) checkKeys() []Finding {
	var list []Finding
	told := map[string]bool{}
	look := func(key, root string) {
		_, err := c.KeySource(root).Key()
		var k *KeyError
		if !errors.As(err, &k) || told[k.Error()] {
			return
		}
		told[k.Error()] = true
		f := Finding{Key: key, Root: root, Message: (&KeyError{Where: k.Where, Message: k.Message}).Error(), Hint: k.Cure, Fatal: true}
		list = append(list, f)
	}
	for i, w := range c.Watch {
		if w.KeyFile != "" {
			look(fmt.Sprintf("watch[%d].key_file", i), w.Name)
		} else {
			look("api.key_file", "")
		}
	}
	if len(c.Watch) == 0 {
		look("api.key_file", "")
	}
	return list
}

// resolved follows the links of what is there of a path.
func resolved(path string) string {
	there := source.Nearest(path)
	real, err := filepath.EvalSymlinks(there)
	if err != nil {
		return path
	}
	return filepath.Join(real, path[len(there):])
}
