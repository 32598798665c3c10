package scenarios

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain runs the tests in mount and user namespaces of their own where such can be made, so that scripts can mount and set limits, and nothing of it
// is left behind or seen outside.
func TestMain(m *testing.M) {
	if _, program := programs[filepath.Base(os.Args[0])]; !program && os.Getenv(inside) == "" {
		if code, ran := runInside(); ran {
			os.Exit(code)
		}
	}
	if mounts() {
		if err := ordinary(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	// Scripts wait far more than they work.
	if f := flag.Lookup("test.parallel"); f != nil {
		_ = f.Value.Set("12")
	}
	testscript.Main(m, programs)
}

func TestScenarios(t *testing.T) {
	if os.Getenv("CI") != "" && !mounts() {
		t.Error("no mount namespace can be made here: the scripts that need one are skipped, which they never may be in CI")
	}
	play(t, "testdata")
}

// play plays the scripts of a directory.
func play(t *testing.T, dir string) {
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		Setup:               setup,
		Cmds:                commands,
		RequireExplicitExec: true,
		Condition: func(c string) (bool, error) {
			switch c {
			case "mounts":
				return mounts(), nil
			case "fuse":
				return hasFuse(), nil
			}
			return false, errors.New("unknown condition " + c)
		},
	})
}

// TestEveryScriptEndsWithThePromises keeps a script from asserting less than all do.
func TestEveryScriptEndsWithThePromises(t *testing.T) {
	scripts, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatal(scripts, err)
	}
	for _, path := range scripts {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text, _, _ := strings.Cut(string(b), "\n-- ")
		lines := slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool { return strings.TrimSpace(l) == "" })
		if !strings.HasPrefix(lines[0], "# ") || lines[len(lines)-1] != "promises" {
			t.Errorf("%s: a script begins with a sentence and ends with promises", path)
		}
		if slices.Contains(lines, "stop") { // testscript's own word
			t.Errorf("%s: stop ends the script before its promises; a daemon is ended by halt", path)
		}
	}
}

// inside is set in the environment of the run inside its namespaces: "mount" or "user".
const inside = "FLORASYNC_SCENARIOS_INSIDE"

// obeys is set in the environment of the run that may read only what its rights allow.
const obeys = "FLORASYNC_SCENARIOS_OBEYS"

func mounts() bool { return os.Getenv(inside) != "" }

// runInside runs this very command again inside namespaces of its own. ran is false where the system does not allow that.
func runInside() (code int, ran bool) {
	for _, kind := range []string{"mount", "user"} {
		attr := namespace(kind)
		if attr == nil {
			continue
		}
		probe := exec.Command("mount", "--make-rprivate", "/")
		probe.SysProcAttr = attr
		if probe.Run() != nil {
			continue
		}
		self, err := os.Executable()
		if err != nil {
			return 1, true
		}
		// The mounts of the child are its own once nothing is shared any more.
		cmd := exec.Command("sh", append([]string{"-c", `mount --make-rprivate / && exec "$0" "$@"`, self}, os.Args[1:]...)...)
		cmd.SysProcAttr = attr
		cmd.Env = append(os.Environ(), inside+"="+kind)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
		var exit *exec.ExitError
		switch err := cmd.Run(); {
		case errors.As(err, &exit):
			return exit.ExitCode(), true
		case err != nil:
			return 1, true
		}
		return 0, true
	}
	return 0, false
}
