package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/florasync/florasync/state"
	"golang.org/x/sys/unix"
)

var (
	// ErrOffline: the root is not there, or is not a directory. Its files are not gone; nobody can tell.
	ErrOffline = errors.New("the folder is not there")
	// ErrNotRegular: a link, directory, pipe or device, which is never uploaded.
	ErrNotRegular = errors.New("not a regular file")
	// ErrChanged: what stands at the path is not the version that was asked for. It was left, or put back, where it was.
	ErrChanged = errors.New("not the version that was uploaded")
)

// Root is a watched folder. It is safe for concurrent use and holds no descriptor.
type Root struct {
	name    string
	path    string
	network atomic.Pointer[string] // the kind of network file system, or "", when last looked at
}

// New returns the root at path, which must be absolute; it need not exist yet. name is the root's name in the configuration.
func New(name, path string) (*Root, error) {
	if !filepath.IsAbs(path) {
		return nil, fmt.Errorf("root %s: %q is not an absolute path", name, path)
	}
	r := &Root{name: name, path: filepath.Clean(path)}
	kind, _ := Network(r.path)
	r.network.Store(&kind)
	return r, nil
}

// Name returns the root's name in the configuration.
func (r *Root) Name() string { return r.name }

// Path returns the absolute path of the root.
func (r *Root) Path() string { return r.path }

// Abs returns the absolute path of a file below the root, for people; no access goes through it.
func (r *Root) Abs(p state.Path) string { return strings.TrimSuffix(r.path, "/") + "/" + string(p) }

// Network returns the kind of network file system the root stands on ("nfs", "smb", …), or "". There events do not tell everything, a lease probe
// may mean something else, and inodes need not last. It is what the last call of Identity saw, since a root may be mounted later.
func (r *Root) Network() string { return *r.network.Load() }

// Identity tells whether a root's directory is the one it was: inode, birth time, device and mount.
type Identity struct {
	Inode, Device, Mount uint64
	Born                 int64 // ns; 0 where the file system keeps none
}

// Identity looks at the root's directory, and at what kind of file system it stands on. Errors as of Check.
func (r *Root) Identity() (Identity, error) {
	dir, err := r.open()
	if err != nil {
		return Identity{}, err
	}
	defer unix.Close(dir)
	st, err := statFD(dir)
	if err != nil {
		return Identity{}, r.wrap("look at", r.path, err)
	}
	if kind, err := networkFD(dir); err == nil && kind != r.Network() {
		r.network.Store(&kind)
	}
	return Identity{Inode: st.inode, Device: st.device, Mount: st.mount, Born: st.born}, nil
}

// Check reports [ErrOffline] when the root is not there or not a directory, and a permission error when it cannot be entered.
func (r *Root) Check() error {
	dir, err := r.open()
	if err != nil {
		return err
	}
	return unix.Close(dir)
}

// open opens the root's directory. A link is followed here and nowhere below: the operator named it.
func (r *Root) open() (int, error) {
	dir, err := retry(func() (int, error) {
		return unix.Open(r.path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	})
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ESTALE) || errors.Is(err, unix.ENODEV) || errors.Is(err, unix.EIO) {
		return -1, fmt.Errorf("%s: %w", r.path, ErrOffline)
	}
	if err != nil {
		return -1, &fs.PathError{Op: "open", Path: r.path, Err: err}
	}
	return dir, nil
}

// openDir opens a directory below the root; "" is the root.
func (r *Root) openDir(dir string) (int, error) {
	top, err := r.open()
	if err != nil || dir == "" {
		return top, err
	}
	defer unix.Close(top)
	if !proper(dir) {
		return -1, r.wrap("open", dir, ErrNotRegular)
	}
	fd, err := openBeneath(top, dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC|unix.O_NONBLOCK)
	switch {
	case errors.Is(err, unix.ELOOP), errors.Is(err, unix.EXDEV):
		return -1, r.wrap("open", dir, ErrNotRegular)
	case errors.Is(err, unix.ENOTDIR): // a part of the way became something else
		return -1, r.wrap("open", dir, unix.ENOENT)
	}
	return fd, r.wrap("open", dir, err)
}

// Open opens a file below the root for reading. Errors: [ErrOffline]; fs.ErrNotExist; fs.ErrPermission; [ErrNotRegular], also for a link anywhere on
// the way. What is not a regular file is looked at and not opened: opening a pipe would release its writer, opening a device may move it.
func (r *Root) Open(p state.Path) (*File, error) {
	if !proper(string(p)) {
		return nil, r.wrap("open", string(p), ErrNotRegular)
	}
	dir, err := r.openDir(p.Dir())
	if err != nil {
		return nil, err
	}
	defer unix.Close(dir)
	fd, st, err := openRegular(dir, p.Base())
	if err != nil {
		return nil, r.wrap("open", string(p), err)
	}
	return &File{f: os.NewFile(uintptr(fd), string(p)), network: r.Network() != "", unfinished: st.born == finderBusy}, nil
}

// Stat looks at a path below the root without opening or following it. Errors as of Open; what is not a regular file is no error.
func (r *Root) Stat(p state.Path) (Entry, error) {
	if !proper(string(p)) {
		return Entry{}, r.wrap("look at", string(p), ErrNotRegular)
	}
	dir, err := r.openDir(p.Dir())
	if err != nil {
		return Entry{}, err
	}
	defer unix.Close(dir)
	st, err := statAt(dir, p.Base())
	if err != nil {
		return Entry{}, r.wrap("look at", string(p), err)
	}
	return r.entry(p.Base(), st), nil
}

// DirPrint looks at a directory below the root; "" is the root. Its stamps move when a name is added or removed. Errors as of List.
func (r *Root) DirPrint(dir string) (state.Fingerprint, error) {
	fd, err := r.openDir(dir)
	if err != nil {
		return state.Fingerprint{}, err
	}
	defer unix.Close(fd)
	st, err := statFD(fd)
	if err != nil {
		return state.Fingerprint{}, r.wrap("look at", dir, err)
	}
	return r.print(st), nil
}

// print leaves out what does not last on network file systems.
func (r *Root) print(st stat) state.Fingerprint { return st.print(r.Network() != "") }

func (r *Root) wrap(op, path string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: state.Path(path).Shown(), Err: err}
}
