package scenarios

import (
	"os"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// serveFuse mounts a directory at another place by FUSE, which is where events of other machines never arrive, until it is unmounted.
func serveFuse(args []string) error {
	root, err := fs.NewLoopbackRoot(args[0])
	if err != nil {
		return err
	}
	server, err := fs.Mount(args[1], root, &fs.Options{MountOptions: fuse.MountOptions{DirectMountStrict: true, FsName: "scenario"}})
	if err != nil {
		return err
	}
	if err := os.WriteFile("mounted", nil, 0o644); err != nil {
		return err
	}
	server.Wait()
	return nil
}

// hasFuse reports that FUSE file systems can be mounted here.
func hasFuse() bool {
	f, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		return false
	}
	return f.Close() == nil && mounts()
}
