package config

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// directives reads a unit file's lines. A key may stand there more than once.
func directives(t *testing.T, name string) map[string][]string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m := map[string][]string{}
	for s := bufio.NewScanner(f); s.Scan(); {
		if key, v, ok := strings.Cut(s.Text(), "="); ok && !strings.HasPrefix(key, "#") {
			m[key] = append(m[key], v)
		}
	}
	return m
}

func TestTheUnitAgreesWithTheDefaults(t *testing.T) {
	unit := directives(t, "../../deploy/systemd/florasync.service")
	one := func(key string) string {
		t.Helper()
		if len(unit[key]) != 1 {
			t.Fatalf("%s stands there %d times", key, len(unit[key]))
		}
		return unit[key][0]
	}
	if got := "/var/lib/" + one("StateDirectory"); got != EtcStateDir {
		t.Errorf("state directory: got %s, want %s", got, EtcStateDir)
	}
	instance := directives(t, "../../deploy/systemd/florasync@.service")
	run, file, _ := strings.Cut(instance["ExecStart"][0], " --config ")
	if dir, err := StateDirFor("", strings.Replace(file, "%i", "one", 1), func(string) string { return "" }); err != nil ||
		run != one("ExecStart") || dir != strings.Replace("/var/lib/"+instance["StateDirectory"][0], "%i", "one", 1) {
		t.Errorf("an instance runs %s %s with the record in %s, %v", run, file, dir, err)
	}
	stop, p := parseDuration(one("TimeoutStopSec"))
	if p != nil || stop <= Default().Upload.Drain {
		t.Errorf("TimeoutStopSec is %v, which cuts a drain of %v", stop, Default().Upload.Drain)
	}
	if one("Type") != "notify" || one("RestartPreventExitStatus") != "2 6" || one("KillMode") != "mixed" {
		t.Error("the unit restarts, stops or starts in another way than the program expects")
	}
	rights, err := os.ReadFile("../../deploy/systemd/florasync.tmpfiles")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Dir(EtcFile), EtcFile, Default().API.KeyFile} {
		if !strings.Contains(string(rights), " "+path+" ") {
			t.Errorf("tmpfiles.d does not name %s", path)
		}
	}
}
