package source

import (
	"strings"

	"github.com/florasync/florasync/state"
	"golang.org/x/sys/unix"
)

// Directory is an open directory below a root, for looks at many of its names at the price of one resolution. Close it soon: it keeps the file system from being
// unmounted, and it is the directory that it was when it was opened, wherever that stands by now. So what it does not find must be looked for by its path.
type Directory struct {
	root *Root
	path string
	fd   int
}

// OpenDir opens a directory below the root; "" is the root. Errors as of List.
func (r *Root) OpenDir(dir string) (*Directory, error) {
	fd, err := r.openDir(dir)
	if err != nil {
		return nil, err
	}
	return &Directory{root: r, path: dir, fd: fd}, nil
}

// Close closes the directory.
func (d *Directory) Close() error { return unix.Close(d.fd) }

func (d *Directory) wrap(op, name string, err error) error {
	return d.root.wrap(op, string(state.Join(d.path, name)), err)
}

// single reports a name that leads nowhere but to itself.
func single(name string) bool { return proper(name) && strings.IndexByte(name, '/') < 0 }

// Stat looks at a name without opening or following it. Errors as of Root.Stat.
func (d *Directory) Stat(name string) (Entry, error) {
	if !single(name) {
		return Entry{}, d.wrap("look at", name, ErrNotRegular)
	}
	st, err := statAt(d.fd, name)
	if err != nil {
		return Entry{}, d.wrap("look at", name, err)
	}
	return d.root.entry(name, st), nil
}

// Glance is one look at a file by an open descriptor.
type Glance struct {
	Print      state.Fingerprint // as it was after Writers was asked: what was written before shows
	Writers    Writers
	Unfinished bool // it says of itself that it is still being copied
}

// Glance looks at the file of a name: first for writers, then at its stamps. Errors as of Root.Open.
func (d *Directory) Glance(name string) (Glance, error) {
	if !single(name) {
		return Glance{}, d.wrap("open", name, ErrNotRegular)
	}
	fd, _, err := openRegular(d.fd, name)
	if err != nil {
		return Glance{}, d.wrap("open", name, err)
	}
	defer unix.Close(fd)
	g := Glance{Writers: Unknown}
	if d.root.Network() == "" {
		if w, err := leaseProbe(fd); err == nil {
			g.Writers = w
		}
	}
	st, err := statFD(fd)
	if err != nil {
		return Glance{}, d.wrap("look at", name, err)
	}
	g.Print, g.Unfinished = d.root.print(st), st.born == finderBusy
	return g, nil
}

// Glance looks at a file below the root: first for writers, then at its stamps. Errors as of Open.
func (r *Root) Glance(p state.Path) (Glance, error) {
	if !proper(string(p)) {
		return Glance{}, r.wrap("open", string(p), ErrNotRegular)
	}
	d, err := r.OpenDir(p.Dir())
	if err != nil {
		return Glance{}, err
	}
	defer d.Close()
	return d.Glance(p.Base())
}
