package scenarios

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

func reserve(args []string) error {
	f, err := os.Create(args[0])
	if err != nil {
		return err
	}
	n := number(args[1])
	if err := unix.Fallocate(int(f.Fd()), 0, 0, int64(n)); err != nil {
		return err
	}
	time.Sleep(span(args[2]))
	if _, err := f.Write(filler(n)); err != nil {
		return err
	}
	return f.Close()
}

func linkIn(args []string) error {
	fd, err := unix.Open(filepath.Dir(args[0]), unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o644)
	if err != nil {
		return err
	}
	f := os.NewFile(uintptr(fd), args[0])
	b := filler(2000)
	if _, err := f.Write(b[:1000]); err != nil {
		return err
	}
	if err := unix.Linkat(unix.AT_FDCWD, fmt.Sprintf("/proc/self/fd/%d", fd), unix.AT_FDCWD, args[0], unix.AT_SYMLINK_FOLLOW); err != nil {
		return err
	}
	time.Sleep(span(args[1]))
	if _, err := f.Write(b[1000:]); err != nil {
		return err
	}
	return f.Close()
}

func exchange(args []string) error {
	return unix.Renameat2(unix.AT_FDCWD, args[0], unix.AT_FDCWD, args[1], unix.RENAME_EXCHANGE)
}
