package daemon

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// handOver gives a record that root has made, by `upload` or `state restore`, to the owner of its directory: the service could not open root's. Whoever is
// not root has nothing to hand over. A file with another name elsewhere is left alone: the owner of the directory may have put it there to be given it.
func handOver(record string) (err error) {
	if os.Geteuid() != 0 {
		return nil
	}
	dir, err := os.Stat(filepath.Dir(record))
	if err != nil {
		return err
	}
	f, err := os.OpenFile(record, os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	to, isDir := dir.Sys().(*syscall.Stat_t)
	is, isFile := st.Sys().(*syscall.Stat_t)
	if !isDir || !isFile || to.Uid == 0 || is.Uid != 0 || is.Nlink != 1 {
		return nil
	}
	return f.Chown(int(to.Uid), int(to.Gid))
}
