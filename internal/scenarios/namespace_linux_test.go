package scenarios

import (
	"os"
	"slices"
	"strings"
	"syscall"
)

// namespace is how a process is given namespaces of its own: as root mounts alone, so that files of others stay what they are; else as root of a user
// namespace.
func namespace(kind string) *syscall.SysProcAttr {
	switch {
	case kind == "mount" && os.Getuid() == 0:
		return &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	case kind == "user":
		return &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}}
	}
	return nil
}

// unmount takes away what a script mounted below dir, the innermost first.
func unmount(dir string) {
	b, _ := os.ReadFile("/proc/self/mounts")
	lines := strings.Split(string(b), "\n")
	slices.Reverse(lines)
	for _, line := range lines {
		if f := strings.Fields(line); len(f) > 1 && strings.HasPrefix(f[1], dir+"/") {
			_ = syscall.Unmount(f[1], syscall.MNT_DETACH)
		}
	}
}
