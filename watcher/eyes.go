package watcher

import (
	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

// eyes look at many paths in one turn of the loop. They keep the directory of the last one open, since most of what is looked at in one turn stands side by
// side, and close it when the turn is over: a root that is watched can be unmounted. What an open directory does not show is looked for by its path, for
// it may have gone elsewhere meanwhile (invariant 5).
type eyes struct {
	src  *source.Root
	path string
	dir  *source.Directory // nil: none is open
}

// in opens a directory, unless it is the one that is open.
func (e *eyes) in(path string) (*source.Directory, error) {
	if e.dir != nil && e.path == path {
		return e.dir, nil
	}
	e.close()
	dir, err := e.src.OpenDir(path)
	if err != nil {
		return nil, err
	}
	e.path, e.dir = path, dir
	return dir, nil
}

func (e *eyes) close() {
	if e.dir != nil {
		_ = e.dir.Close() // nothing was written
		e.dir = nil
	}
}

// stat looks at a path.
func (e *eyes) stat(p state.Path) (source.Entry, error) {
	if dir, err := e.in(p.Dir()); err == nil {
		if entry, err := dir.Stat(p.Base()); err == nil {
			return entry, nil
		}
	}
	return e.src.Stat(p)
}

// glance looks at a file by an open descriptor.
func (e *eyes) glance(p state.Path) (source.Glance, error) {
	if dir, err := e.in(p.Dir()); err == nil {
		if g, err := dir.Glance(p.Base()); err == nil {
			return g, nil
		}
	}
	return e.src.Glance(p)
}

// holder returns the hold file that stands beside p, if one does.
func (e *eyes) holder(p state.Path) string {
	dir, err := e.in(p.Dir())
	if err != nil {
		return ""
	}
	for _, suffix := range holdSuffixes {
		if _, err := dir.Stat(p.Base() + suffix); err == nil {
			return p.Base() + suffix
		}
	}
	return ""
}
