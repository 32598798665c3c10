package config

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// layout returns a configuration whose folders are all there and well.
func layout(t *testing.T) (*Config, string) {
	t.Helper()
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"inbox", "done", "state"} {
		if err := os.Mkdir(filepath.Join(top, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	c := withKey(keyFileOf(t, theKey, 0o600))
	c.StateDir = filepath.Join(top, "state")
	w := DefaultWatch()
	w.Name, w.Path, w.Workspace, w.After, w.MoveTo = "inbox", filepath.Join(top, "inbox"), "ws_1", "move", filepath.Join(top, "done")
	c.Watch = []Watch{w}
	return c, top
}

func TestCheckDisk(t *testing.T) {
	link := func(t *testing.T, to, name string) {
		t.Helper()
		if err := os.Symlink(to, name); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name  string
		spoil func(t *testing.T, c *Config, top string)
		want  string // TOP stands for the test's folder
		fatal bool
	}{
		{"Well", func(*testing.T, *Config, string) {}, "", false},
		{"StateDirToBeMade", func(_ *testing.T, c *Config, top string) { c.StateDir = top + "/a/b" }, "", false},
		{"StateDirIsAFile", func(t *testing.T, c *Config, _ string) { c.StateDir = write(t, "f", "") }, "is not a folder; name a folder", true},
		{"StateDirInARoot", func(_ *testing.T, c *Config, top string) { c.StateDir = top + "/inbox/.state" },
			"state_dir: TOP/inbox/.state lies inside the watched folder TOP/inbox; choose another with --state-dir", true},
		{"StateDirInARootByALink", func(t *testing.T, c *Config, top string) { link(t, top+"/inbox", top+"/l"); c.StateDir = top + "/l/s" },
			"state_dir: TOP/l/s lies inside the watched folder TOP/inbox; choose another with --state-dir", true},
		{"RootMissing", func(_ *testing.T, c *Config, top string) { c.Watch[0].Path = top + "/no" },
			"watch[0].path: TOP/no is not there; make it, or mount what belongs there", false},
		{"RootIsAFile", func(t *testing.T, c *Config, _ string) { c.Watch[0].Path = write(t, "f", "") }, "is not a folder; name the folder it stands in", true},
		{"MoveToMissing", func(_ *testing.T, c *Config, top string) { c.Watch[0].MoveTo = top + "/no" },
			"watch[0].move_to: TOP/no is not there; mkdir TOP/no", false},
		{"MoveToAnotherFileSystem", func(_ *testing.T, c *Config, _ string) { c.Watch[0].MoveTo = "/proc" },
			"watch[0].move_to: /proc ", false},
		{"MoveToIsARootByALink", func(t *testing.T, c *Config, top string) {
			link(t, top+"/inbox", top+"/l")
			c.Watch[0].MoveTo = top + "/l"
		}, "watch[0].move_to: TOP/l overlaps the folder of watch[0]; choose a folder outside every root", true},
		{"RootsTheSameByALink", func(t *testing.T, c *Config, top string) {
			link(t, top+"/inbox", top+"/l")
			w := DefaultWatch()
			w.Name, w.Path = "l", top+"/l"
			c.Watch = append(c.Watch, w)
			c.Watch[0].After, c.Watch[0].MoveTo = "keep", ""
		}, "watch[1].path: TOP/l and TOP/inbox of watch[0] are the same files; watch the outer one alone", true},
		{"NoKey", func(_ *testing.T, c *Config, top string) { c.API.KeyFile = top + "/key" },
			"api.key_file: no API key: looked at FLORA_API_KEY, TOP/key; set FLORA_API_KEY or put the key into a file of mode 0600; to try without an account add --sandbox", true},
		{"NoKeyOfARoot", func(_ *testing.T, c *Config, top string) { c.Watch[0].KeyFile = top + "/key" },
			"watch[0].key_file: no API key: looked at TOP/key; put the key into it, mode 0600; to try without an account add --sandbox", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, top := layout(t)
			tt.spoil(t, c, top)
			found := c.CheckDisk()
			if tt.want == "" {
				if len(found) > 0 {
					t.Errorf("got %v, want nothing", found)
				}
				return
			}
			want := strings.ReplaceAll(tt.want, "TOP", top)
			if len(found) != 1 || !strings.Contains(found[0].String(), want) {
				t.Fatalf("got  %v\nwant %s", found, want)
			}
			if tt.name != "MoveToAnotherFileSystem" && found[0].Fatal != tt.fatal {
				t.Errorf("got fatal %v, want %v", found[0].Fatal, tt.fatal)
			}
		})
	}
}

func TestCheckDiskFindsWhatMayNotBeEntered(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may enter everything")
	}
	c, top := layout(t)
	for _, tt := range []struct {
		dir, want string
		mode      os.FileMode
	}{
		{"inbox", "cannot be read", 0o300},
		{"inbox", "cannot be written", 0o500},
		{"done", "cannot be written", 0o500},
		{"state", "cannot be written", 0o500},
	} {
		dir := filepath.Join(top, tt.dir)
		if err := os.Chmod(dir, tt.mode); err != nil {
			t.Fatal(err)
		}
		if found := c.CheckDisk(); len(found) != 1 || !strings.Contains(found[0].Message, tt.want) || found[0].Hint == "" {
			t.Errorf("%s %04o: got %v, want %s", tt.dir, tt.mode, found, tt.want)
		}
		if err := os.Chmod(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTheUnitMakesItsStateDirectory: before its first start that is not there, and whoever checks for it cannot make it.
func TestTheUnitMakesItsStateDirectory(t *testing.T) {
	c, _ := layout(t)
	c.File, c.StateDir = "/etc/florasync/florasync-test-never-there.yaml", EtcStateDir+"-florasync-test-never-there"
	if list := c.CheckDisk(); len(list) > 0 {
		t.Errorf("found %v", list)
	}
	c.StateDir = write(t, "f", "") + "/state"
	if list := c.CheckDisk(); len(list) != 1 || !list[0].Fatal {
		t.Errorf("another directory that cannot be made: found %v", list)
	}
}

// TestTheUnitsSandboxHasItsOwnCures: what a service may not do is named with the drop-in that lets it.
func TestTheUnitsSandboxHasItsOwnCures(t *testing.T) {
	confined, free := withKey("", "INVOCATION_ID=1", "STATE_DIRECTORY=/var/lib/florasync"), withKey("", "INVOCATION_ID=1")
	for _, tt := range []struct {
		name, path string
		err        error
		want       string
	}{
		{"ReadOnly", "/srv/media", syscall.EROFS, "write.conf"},
		{"Home", "/home/maria/inbox", syscall.EACCES, "home.conf"},
		{"HomeHidden", "/root", syscall.ENOENT, "home.conf"},
		{"NoHome", "/homes/maria", syscall.EACCES, "otherwise"},
		{"Temporary", "/tmp/inbox", syscall.ENOENT, "choose another folder"},
		{"Rights", "/srv/media", syscall.EACCES, "otherwise"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := confined.cure(tt.path, tt.err, "otherwise"); !strings.HasSuffix(got, tt.want) {
				t.Errorf("a service is told %q, want %q", got, tt.want)
			}
			if got := free.cure(tt.path, tt.err, "otherwise"); got != "otherwise" {
				t.Errorf("whoever is no service is told %q", got)
			}
		})
	}
	for _, name := range []string{"write.conf", "home.conf"} {
		if _, err := os.Stat("../../deploy/systemd/drop-ins/" + name); err != nil {
			t.Error(err)
		}
	}
}

// TestOutsideOfTheUnitWhatItHidesIsNamed: a check before the first start, with the rights of the service's user, sees more than the service will.
func TestOutsideOfTheUnitWhatItHidesIsNamed(t *testing.T) {
	outside, inside := withKey(""), withKey("", "INVOCATION_ID=1", "STATE_DIRECTORY=/var/lib/florasync")
	for _, path := range []string{"/srv/inbox", "/home/maria/inbox", "/homes/maria", "/tmp/inbox"} {
		w := DefaultWatch()
		w.Name, w.Path = filepath.Base(path), path
		outside.Watch, inside.Watch = append(outside.Watch, w), append(inside.Watch, w)
	}
	for _, file := range []string{EtcFile, "/etc/florasync/scans.yaml"} {
		outside.File, inside.File = file, file
		list := outside.Unseen()
		if len(list) != 2 || list[0].Key != "watch[1].path" || !strings.Contains(list[0].Hint, "home.conf") || list[1].Key != "watch[3].path" {
			t.Errorf("%s: %v", file, list)
		}
		if list := inside.Unseen(); len(list) > 0 {
			t.Errorf("%s: the service itself, which sees what is hidden, is told %v", file, list)
		}
	}
	outside.File = "/home/maria/.config/florasync/florasync.yaml"
	if list := outside.Unseen(); len(list) > 0 {
		t.Errorf("a configuration of nobody's service: %v", list)
	}
}
