package source

import (
	"errors"
	"strings"

	"golang.org/x/sys/unix"
)

// proper reports a path of plain names: nothing that leads upwards or nowhere.
func proper(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if part == "" || part == "." || part == ".." || strings.IndexByte(part, 0) >= 0 {
			return false
		}
	}
	return true
}

// openRegular opens a name of a directory, if it is a regular file's.
func openRegular(dir int, name string) (int, stat, error) {
	st, err := statAt(dir, name)
	if err != nil {
		return -1, stat{}, err
	}
	if st.kind != Regular {
		return -1, stat{}, ErrNotRegular
	}
	fd, err := retry(func() (int, error) {
		return unix.Openat(dir, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	})
	switch {
	case errors.Is(err, unix.ELOOP), errors.Is(err, unix.ENXIO), errors.Is(err, unix.EMLINK): // it became a link or a device
		return -1, stat{}, ErrNotRegular
	case err != nil:
		return -1, stat{}, err
	}
	st, err = statFD(fd)
	if err == nil && st.kind != Regular {
		err = ErrNotRegular
	}
	if err != nil {
		unix.Close(fd)
		return -1, stat{}, err
	}
	return fd, st, nil
}

// retry repeats a call that a signal interrupted: signal(7).
func retry[T any](call func() (T, error)) (T, error) {
	for {
		v, err := call()
		if !errors.Is(err, unix.EINTR) {
			return v, err
		}
	}
}

// walk opens a path part by part, following no link: what openat2(2) does in one call. Paths beyond PATH_MAX go this way, too.
func walk(top int, path string, flags int) (int, error) {
	dir := top
	for {
		part, rest, more := strings.Cut(path, "/")
		if part == "" || part == "." || part == ".." {
			if dir != top {
				unix.Close(dir)
			}
			return -1, unix.EXDEV
		}
		how := flags | unix.O_NOFOLLOW
		if more {
			how = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC | unix.O_NONBLOCK
		}
		fd, err := retry(func() (int, error) { return unix.Openat(dir, part, how, 0) })
		if errors.Is(err, unix.ENOTDIR) { // what O_DIRECTORY says of a link, too
			if st, stErr := statAt(dir, part); stErr == nil && st.kind == Link {
				err = unix.ELOOP
			}
		}
		if dir != top {
			unix.Close(dir)
		}
		if err != nil || !more {
			return fd, err
		}
		dir, path = fd, rest
	}
}
