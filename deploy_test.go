package florasync_test

import (
	"os"
	"strings"
	"testing"
)

// instance makes the template florasync@.service of florasync.service: the same service with configuration, record and socket of its own.
func instance(unit string) (string, []string) {
	var missing []string
	for _, edit := range [][2]string{
		{"# florasync as a system service. See systemd.exec(5) and systemd.service(5). florasync@.service is the same with names of its own for each instance.\n",
			"# One of several florasync on a machine: florasync@NAME has /etc/florasync/NAME.yaml, /var/lib/florasync-NAME and /run/florasync-NAME. Commands reach it\n" +
				"# by `--config /etc/florasync/NAME.yaml`. Two never share a record or a folder. Printed from florasync.service: go test . -update\n"},
		{"Description=Upload watched folders to FLORA\n", "Description=Upload watched folders to FLORA (%i)\n"},
		{"ExecStart=/usr/bin/florasync run\n", "ExecStart=/usr/bin/florasync run --config /etc/florasync/%i.yaml\n"},
		{"ExecReload=/usr/bin/florasync reload\n", "ExecReload=/usr/bin/florasync reload --config /etc/florasync/%i.yaml\n"},
		{"# /var/lib/florasync: the record. /run/florasync: the commands' socket.", "# /var/lib/florasync-NAME: the record. /run/florasync-NAME: the commands' socket."},
		{"StateDirectory=florasync\n", "StateDirectory=florasync-%i\n"},
		{"RuntimeDirectory=florasync\n", "RuntimeDirectory=florasync-%i\n"},
	} {
		if strings.Count(unit, edit[0]) != 1 {
			missing = append(missing, edit[0])
		}
		unit = strings.Replace(unit, edit[0], edit[1], 1)
	}
	return unit, missing
}

// TestTheTemplateIsTheUnit: what one service needs, each instance needs.
func TestTheTemplateIsTheUnit(t *testing.T) {
	unit, err := os.ReadFile("deploy/systemd/florasync.service")
	if err != nil {
		t.Fatal(err)
	}
	want, missing := instance(string(unit))
	for _, line := range missing {
		t.Errorf("florasync.service has not once %q", line)
	}
	const template = "deploy/systemd/florasync@.service"
	got, err := os.ReadFile(template)
	if string(got) == want {
		return
	}
	if !*update {
		t.Fatalf("%s is not what florasync.service makes (%v): go test . -run %s -update", template, err, t.Name())
	}
	if err := os.WriteFile(template, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}
