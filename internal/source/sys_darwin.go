package source

import (
	"golang.org/x/sys/unix"
)

func openBeneath(top int, path string, flags int) (int, error) { return walk(top, path, flags) }

func statFD(fd int) (stat, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return stat{}, err
	}
	return fromStat(st), nil
}

func statAt(dir int, name string) (stat, error) {
	var st unix.Stat_t
	if err := unix.Fstatat(dir, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return stat{}, err
	}
	return fromStat(st), nil
}

func fromStat(st unix.Stat_t) stat {
	return stat{kind: kindOf(uint32(st.Mode)), inode: st.Ino, links: uint64(st.Nlink), device: uint64(st.Dev), born: st.Btim.Nano(), mtime: st.Mtim.Nano(), ctime: st.Ctim.Nano(),
		bytes: st.Size}
}

// leaseProbe: macOS has no leases.
func leaseProbe(int) (Writers, error) { return Unknown, nil }

func renameNoReplace(fromDir int, from string, toDir int, to string) error {
	return unix.RenameatxNp(fromDir, from, toDir, to, unix.RENAME_EXCL)
}

// Network returns the kind of network file system path stands on, or "" for a local one. It fails when the path cannot be looked at.
func Network(path string) (string, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return "", err
	}
	return networkKind(st), nil
}

func networkFD(fd int) (string, error) {
	var st unix.Statfs_t
	if err := unix.Fstatfs(fd, &st); err != nil {
		return "", err
	}
	return networkKind(st), nil
}

func networkKind(st unix.Statfs_t) string {
	switch kind := unix.ByteSliceToString(st.Fstypename[:]); kind {
	case "nfs", "smbfs", "afpfs", "webdav", "macfuse", "osxfuse", "ftp", "cifs":
		return kind
	}
	return ""
}

// Space returns the bytes that can still be written to the file system path stands on.
func Space(path string) (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return 0, err
	}
	return st.Bavail * uint64(st.Bsize), nil
}
