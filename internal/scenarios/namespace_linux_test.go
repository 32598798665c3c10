package scenarios

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
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

// ordinary starts this process anew without the two capabilities by which root reads and writes what it has no right to (capabilities(7)): to make a file
// unreadable is then what it is for everybody else.
func ordinary() error {
	if os.Getenv(obeys) != "" {
		return nil
	}
	runtime.LockOSThread() // capabilities are a thread's, and exec keeps those of the one that calls it
	defer runtime.UnlockOSThread()
	for _, c := range []uintptr{unix.CAP_DAC_OVERRIDE, unix.CAP_DAC_READ_SEARCH} {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil {
			return fmt.Errorf("drop capability %d: %w", c, err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return syscall.Exec(self, os.Args, append(os.Environ(), obeys+"=1"))
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
