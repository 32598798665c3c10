package scenarios

import (
	"os"
	"os/exec"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// limits are the limits that a script is played under: those of a user namespace (/proc/sys/user, namespaces(7)), which bind nobody outside of it.
var limits = map[string]string{
	"WatchLimitPollsRest": "max_inotify_watches=8",
	"InstanceLimit":       "max_inotify_instances=0",
}

// limited names the script that this process plays, inside its namespace.
const limited = "FLORASYNC_SCENARIOS_LIMITED"

func TestLimits(t *testing.T) {
	if name := os.Getenv(limited); name != "" {
		testscript.Run(t, testscript.Params{Files: []string{"testdata/limits/" + name + ".txtar"}, Setup: setup, Cmds: commands, RequireExplicitExec: true})
		return
	}
	for name, limit := range limits {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			attr := namespace("user")
			probe := exec.Command("true")
			if probe.SysProcAttr = attr; attr == nil || probe.Run() != nil {
				if os.Getenv("CI") != "" {
					t.Fatal("no user namespace can be made here, and in CI this is never skipped")
				}
				t.Skip("no user namespace can be made here")
			}
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("sh", "-c", `mount --make-rprivate / && echo "${1#*=}" > "/proc/sys/user/${1%=*}" && exec "$0" -test.run "^TestLimits$" -test.v`, self, limit)
			cmd.SysProcAttr = attr
			cmd.Env = append(os.Environ(), inside+"=user", limited+"="+name)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
