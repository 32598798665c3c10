package source

import (
	"io/fs"
	"os"

	"github.com/florasync/florasync/state"
)

// Kind is what stands at a name.
type Kind uint8

// The kinds. Only regular files are ever uploaded.
const (
	Other Kind = iota // pipe, socket, device
	Regular
	Dir
	Link
)

// stat is what the file system says of a name, before it is decided what of it lasts.
type stat struct {
	kind                      Kind
	inode, device, mount      uint64
	links                     uint64
	born, mtime, ctime, bytes int64
}

func (s stat) print(network bool) state.Fingerprint {
	p := state.Fingerprint{Inode: s.inode, Born: s.born, MTime: s.mtime, CTime: s.ctime, Size: s.bytes}
	if network {
		p.Inode, p.Born = 0, 0
	}
	return p
}

// finderBusy is the birth time that macOS Finder gives to a file on a share while it copies: 1946-02-14 08:34:56 UTC, in ns.
const finderBusy = -753_549_904 * 1e9

// File is an open regular file. Whatever happens to its name, it stays the same file.
type File struct {
	f          *os.File
	network    bool
	unfinished bool
}

// Unfinished reports that the file said, when it was opened, that it is still being copied: by a birth time that says so.
func (f *File) Unfinished() bool { return f.unfinished }

// ReadAt reads, as io.ReaderAt says.
func (f *File) ReadAt(p []byte, off int64) (int, error) { return f.f.ReadAt(p, off) }

// Close closes the file.
func (f *File) Close() error { return f.f.Close() }

// Print returns the fingerprint of the open file as it is now: size and stamps may have moved since it was opened.
func (f *File) Print() (state.Fingerprint, error) {
	st, err := control(f.f, statFD)
	if err != nil {
		return state.Fingerprint{}, &fs.PathError{Op: "look at", Path: state.Path(f.f.Name()).Shown(), Err: err}
	}
	return st.print(f.network), nil
}

// Links returns how many names the open file has now.
func (f *File) Links() (uint64, error) {
	st, err := control(f.f, statFD)
	if err != nil {
		return 0, &fs.PathError{Op: "look at", Path: state.Path(f.f.Name()).Shown(), Err: err}
	}
	return st.links, nil
}

// Writers says whether anybody has a file open for writing.
type Writers uint8

// What a probe can find.
const (
	// Unknown: the probe is not available: another user's file without CAP_LEASE, a network file system, a system without leases.
	Unknown Writers = iota
	// NoWriter: nobody has it open for writing, or mapped writable (ext4, tmpfs; overlayfs misses live maps).
	NoWriter
	// Some: somebody has.
	Some
)

// Writers probes by setting and unsetting a read lease at once: fcntl(2), F_SETLEASE. It never waits and holds nothing.
func (f *File) Writers() (Writers, error) {
	if f.network {
		return Unknown, nil
	}
	return control(f.f, leaseProbe)
}

// control calls with the descriptor, which stays valid meanwhile.
func control[T any](f *os.File, call func(fd int) (T, error)) (v T, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return v, err
	}
	if outer := raw.Control(func(fd uintptr) { v, err = call(int(fd)) }); outer != nil {
		return v, outer
	}
	return v, err
}
