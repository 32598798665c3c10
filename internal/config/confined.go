package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// dropIns is where the packages put the units' drop-ins: deploy/systemd/drop-ins.
const dropIns = "/usr/share/florasync/drop-ins/"

// cure is what mends an error at a path: a drop-in, where it comes from the unit's sandboxing, else what the caller says. Only a process that systemd
// started with a state directory is confined so: systemd.exec(5).
func (c *Config) cure(path string, err error, otherwise string) string {
	denied := errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist)
	switch {
	case !c.confined():
		return otherwise
	case errors.Is(err, syscall.EROFS):
		return "the unit makes it read-only: allow it with the drop-in " + dropIns + "write.conf"
	case denied && belowAny(path, homes...):
		return "the unit hides home directories: show them with the drop-in " + dropIns + "home.conf"
	case denied && belowAny(path, temporary...):
		return "the unit has a /tmp of its own: choose another folder"
	}
	return otherwise
}

// What the units hide: ProtectHome= and PrivateTmp=, systemd.exec(5).
var (
	homes     = []string{"/home", "/root", "/run/user"}
	temporary = []string{"/tmp", "/var/tmp"}
)

// confined reports that this process is a service in its unit.
func (c *Config) confined() bool {
	if c.env != nil {
		return (*c.env).service
	}
	return environOf(os.Getenv).service
}

// Unseen are the watched folders of a service that its unit hides from it, as far as whoever is outside of the unit can tell: a drop-in may show them.
// Inside of it [Config.CheckDisk] finds what is hidden.
func (c *Config) Unseen() (list []Finding) {
	if c.confined() || ServiceSocket(c.File) == "" {
		return nil
	}
	for i, w := range c.Watch {
		f := Finding{Key: fmt.Sprintf("watch[%d].path", i), Root: w.Name}
		switch {
		case belowAny(w.Path, homes...):
			f.Message, f.Hint = w.Path+" is hidden from the unit, unless it has the drop-in home.conf", dropIns+"home.conf says how"
		case belowAny(w.Path, temporary...):
			f.Message, f.Hint = w.Path+" is hidden from the unit, which has a /tmp of its own", "choose another folder"
		default:
			continue
		}
		list = append(list, f)
	}
	return list
}

func belowAny(path string, dirs ...string) bool {
	for _, dir := range dirs {
		if path == dir || within(path, dir) {
			return true
		}
	}
	return false
}
