package source

import (
	"errors"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// noOpenat2 is set once the kernel, or a sandbox around us, has refused openat2(2).
var noOpenat2 atomic.Bool

// longest is the longest path given to the kernel at once: PATH_MAX with its final NUL is 4096.
const longest = 4095

// racesN bounds how often a resolution is tried again that a rename somewhere raced with; then each part is opened by itself, which cannot race.
const racesN = 64

func openBeneath(top int, path string, flags int) (int, error) {
	if noOpenat2.Load() || len(path) > longest {
		return walk(top, path, flags)
	}
	how := unix.OpenHow{Flags: uint64(flags), Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS}
	for range racesN {
		fd, err := unix.Openat2(top, path, &how)
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN): // EAGAIN: a rename raced with the resolution
			continue
		case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM):
			noOpenat2.Store(true)
			return walk(top, path, flags)
		}
		return fd, err
	}
	return walk(top, path, flags)
}

const statWanted = unix.STATX_TYPE | unix.STATX_NLINK | unix.STATX_INO | unix.STATX_SIZE | unix.STATX_MTIME | unix.STATX_CTIME | unix.STATX_BTIME | unix.STATX_MNT_ID

func statFD(fd int) (stat, error) { return statx(fd, "", unix.AT_EMPTY_PATH) }

func statAt(dir int, name string) (stat, error) { return statx(dir, name, unix.AT_SYMLINK_NOFOLLOW) }

func statx(dir int, name string, flags int) (stat, error) {
	var st unix.Statx_t
	_, err := retry(func() (struct{}, error) {
		return struct{}{}, unix.Statx(dir, name, flags|unix.AT_NO_AUTOMOUNT, statWanted, &st)
	})
	if err != nil {
		return stat{}, err
	}
	s := stat{inode: st.Ino, links: uint64(st.Nlink), device: uint64(st.Dev_major)<<32 | uint64(st.Dev_minor), mtime: nanos(st.Mtime), ctime: nanos(st.Ctime), bytes: int64(st.Size)}
	if st.Mask&unix.STATX_BTIME != 0 {
		s.born = nanos(st.Btime)
	}
	if st.Mask&unix.STATX_MNT_ID != 0 {
		s.mount = st.Mnt_id
	}
	s.kind = kindOf(uint32(st.Mode))
	return s, nil
}

func nanos(t unix.StatxTimestamp) int64 { return t.Sec*1e9 + int64(t.Nsec) }

func leaseProbe(fd int) (Writers, error) {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_RDLCK)
	switch {
	case err == nil:
		_, err = unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_UNLCK)
		return NoWriter, err
	case errors.Is(err, unix.EAGAIN):
		return Some, nil
	}
	return Unknown, nil
}

func renameNoReplace(fromDir int, from string, toDir int, to string) error {
	err := unix.Renameat2(fromDir, from, toDir, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return linkThenUnlink(fromDir, from, toDir, to)
	}
	return err
}

// networkKinds are the statfs(2) types of file systems whose events and inodes are not to be trusted.
var networkKinds = map[int64]string{
	0x6969: "nfs", 0x517b: "smb", 0xff534d42: "cifs", 0xfe534d42: "smb2", 0x65735546: "fuse", 0x01021997: "9p", 0x00c36400: "ceph", 0x5346414f: "afs",
	0x6b414653: "afs", 0x0bd00bd0: "lustre", 0x01161970: "gfs2", 0x7461636f: "ocfs2", 0x786f4256: "vboxsf", 0xbacbacbc: "vmhgfs", 0x47504653: "gpfs",
	0x73757245: "coda", 0x564c: "ncp",
}

// Network returns the kind of network file system path stands on, or "" for a local one. It fails when the path cannot be looked at.
func Network(path string) (string, error) {
	return network(func(st *unix.Statfs_t) error { return unix.Statfs(path, st) })
}

func networkFD(fd int) (string, error) {
	return network(func(st *unix.Statfs_t) error { return unix.Fstatfs(fd, st) })
}

func network(statfs func(*unix.Statfs_t) error) (string, error) {
	var st unix.Statfs_t
	_, err := retry(func() (struct{}, error) { return struct{}{}, statfs(&st) })
	if err != nil {
		return "", err
	}
	return networkKinds[int64(uint32(st.Type))], nil
}

// Space returns the bytes that can still be written to the file system path stands on.
func Space(path string) (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return 0, err
	}
	return st.Bavail * uint64(st.Bsize), nil
}

// linkThenUnlink renames without replacing where the file system cannot do it in one call. In between the file has both names, and never none: so it is found
// when a call before died there, or was refused the second step, which is taken now. A file that somebody put at the old name meanwhile is left there.
func linkThenUnlink(fromDir int, from string, toDir int, to string) error {
	err := unix.Linkat(fromDir, from, toDir, to, 0)
	if errors.Is(err, unix.EEXIST) && linked(fromDir, from, toDir, to) {
		return unix.Unlinkat(fromDir, from, 0)
	}
	if err != nil {
		return err
	}
	left, err := statAt(fromDir, from)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	took, err2 := statAt(toDir, to)
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	if left.inode != took.inode || left.device != took.device {
		return nil
	}
	return unix.Unlinkat(fromDir, from, 0)
}

// linked reports two names of one file. An inode alone does not tell: there are file systems that give it to every file.
func linked(dir int, name string, other int, its string) bool {
	var a, b unix.Stat_t
	if unix.Fstatat(dir, name, &a, unix.AT_SYMLINK_NOFOLLOW) != nil || unix.Fstatat(other, its, &b, unix.AT_SYMLINK_NOFOLLOW) != nil {
		return false
	}
	return a.Dev == b.Dev && a.Ino == b.Ino && a.Nlink > 1 && b.Nlink == a.Nlink && a.Size == b.Size && a.Mtim == b.Mtim
}
