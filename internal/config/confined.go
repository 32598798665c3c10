package config

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// dropIns is where the packages put the units' drop-ins: deploy/systemd/drop-ins.
const dropIns = "/usr/share/florasync/drop-ins/"

// cure is what mends an error at a path: a drop-in, where it comes from the unit's sandboxing, else what the caller says. Only a process that systemd
// started with a state directory is confined so: systemd.exec(5).
func (c *Config) cure(path string, err error, otherwise string) string {
	env := environOf(os.Getenv)
	if c.env != nil {
		env = *c.env
	}
	denied := errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist)
	switch {
	case !env.service:
		return otherwise
	case errors.Is(err, syscall.EROFS):
		return "the unit makes it read-only: allow it with the drop-in " + dropIns + "write.conf"
	case denied && belowAny(path, "/home", "/root", "/run/user"):
		return "the unit hides home directories: show them with the drop-in " + dropIns + "home.conf"
	case denied && belowAny(path, "/tmp", "/var/tmp"):
		return "the unit has a /tmp of its own: choose another folder"
	}
	return otherwise
}

func belowAny(path string, dirs ...string) bool {
	for _, dir := range dirs {
		if path == dir || within(path, dir) {
			return true
		}
	}
	return false
}
