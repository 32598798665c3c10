package florasync_test

import (
	"encoding/json"
	"os"
	"regexp"
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

// metrics are the names that the program exports, without the suffixes of a histogram's series.
func metrics(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, f := range []string{"internal/telemetry/metrics.go", "internal/telemetry/gauges.go"} {
		code, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"florasync_([a-z_]+)"|desc\("([a-z_]+)"`).FindAllStringSubmatch(string(code), -1) {
			names["florasync_"+m[1]+m[2]] = true
		}
	}
	return names
}

// TestQueriesAskForMetricsThatExist: a renamed metric would make an alert silent and a panel empty for ever.
func TestQueriesAskForMetricsThatExist(t *testing.T) {
	known := metrics(t)
	for _, file := range []string{"deploy/prometheus/alerts.yml", "deploy/prometheus/alerts_test.yml", "deploy/grafana/florasync.json"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		asked := regexp.MustCompile(`\bflorasync_[a-z_]+`).FindAllString(string(text), -1)
		if len(asked) == 0 {
			t.Errorf("%s asks for nothing", file)
		}
		for _, name := range asked {
			if !known[name] && !known[strings.TrimSuffix(name, "_bucket")] {
				t.Errorf("%s: no metric is named %s", file, name)
			}
		}
	}
}

// TestTheDashboardIsWhole: every panel asks something of the data source that the reader chose, and no two lie on each other.
func TestTheDashboardIsWhole(t *testing.T) {
	text, err := os.ReadFile("deploy/grafana/florasync.json")
	if err != nil {
		t.Fatal(err)
	}
	type source struct{ UID string }
	var d struct {
		Panels []struct {
			Title, Description string
			Datasource         source
			GridPos            struct{ X, Y, W, H int }
			Targets            []struct {
				Expr       string
				Datasource source
			}
		}
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	cells := map[[2]int]string{}
	for _, p := range d.Panels {
		if p.Title == "" || p.Description == "" || len(p.Targets) == 0 || p.Datasource.UID != "${datasource}" {
			t.Errorf("panel %q says or asks nothing: %+v", p.Title, p)
		}
		for _, q := range p.Targets {
			if q.Expr == "" || q.Datasource.UID != "${datasource}" {
				t.Errorf("panel %q: %+v", p.Title, q)
			}
		}
		for x := range p.GridPos.W {
			for y := range p.GridPos.H {
				cell := [2]int{p.GridPos.X + x, p.GridPos.Y + y}
				if cell[0] >= 24 || cells[cell] != "" {
					t.Errorf("panel %q lies on %q or outside", p.Title, cells[cell])
				}
				cells[cell] = p.Title
			}
		}
	}
	if len(d.Panels) == 0 {
		t.Error("no panel")
	}
}
