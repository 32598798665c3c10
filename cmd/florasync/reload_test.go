package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestReload changes what can be changed while florasync runs, by the command and by the signal, and sees it in force.
func TestReload(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	box := m.sandbox()
	inbox := m.config()
	second := m.mkdir("second")
	m.run("reload").must(3, "no daemon runs", "when it starts")
	m.run("loglevel", "debug").must(3, "no daemon runs")
	p := m.start("run", "--log-format", "json")
	p.says("root.watching")
	m.run("reload").must(0, "nothing changed")

	more := []string{"    exclude: ['draft-*']", "  - path: " + second, "    workspace: ws_second"}
	m.config(append(more, "upload: {concurrency: 2, bandwidth: 50MB}", "log: {level: debug}")...)
	done := objects(t, m.run("reload", "--json").must(0).out)
	if got, want := fmt.Sprint(done[0]["changed"]), "[upload.concurrency upload.bandwidth log.level watch[inbox].exclude watch[second]]"; got != want {
		t.Errorf("changed: got %s, want %s", got, want)
	}
	p.says(`"event":"config.reloaded"`)
	put(t, filepath.Join(second, "b.png"), pictureBytes(2, 700))
	put(t, filepath.Join(inbox, "draft-a.png"), pictureBytes(3, 700))
	put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 700))
	m.settled(2)
	p.says(`"event":"asset.reserved"`) // debug is in force
	box.onceEach(pictureBytes(1, 700), pictureBytes(2, 700))
	for _, a := range box.ready() {
		if want := map[string]string{"a.png": "ws_test", "b.png": "ws_second"}[a.Name]; a.Workspace != want {
			t.Errorf("%s went to %s, want %s", a.Name, a.Workspace, want)
		}
	}

	m.config() // the second folder goes again, and what was excluded is wanted
	p.signal(syscall.SIGHUP)
	until(t, "the second reload", func() error {
		if n := strings.Count(p.err.String(), `"event":"config.reloaded"`); n != 3 {
			return fmt.Errorf("%d reloads", n)
		}
		return nil
	})
	put(t, filepath.Join(second, "late.png"), pictureBytes(4, 700))
	m.settled(3)
	box.onceEach(pictureBytes(1, 700), pictureBytes(2, 700), pictureBytes(3, 700))
	if r := m.run("status").must(0); !strings.Contains(r.out, "second  offline") {
		t.Errorf("the folder that went is not shown with what it has:\n%s", r.out)
	}
	p.signal(syscall.SIGTERM)
	if code := p.exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	box.unbroken()
}

// TestReloadRefuses gives a running florasync every kind of wrong configuration: it says what is wrong, changes nothing and goes on.
func TestReloadRefuses(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	box := m.sandbox()
	inbox := m.config()
	file := m.path("config/florasync/florasync.yaml")
	well, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	m.mkdir("second")
	p := m.start("run", "--listen", "127.0.0.1:0")
	p.says("root.watching")
	metrics := m.listening(p) + "/metrics"
	n := 0
	for _, c := range []struct {
		name, text string
		code       int
		says       []string
	}{
		{"NotYAML", "watch: [\n", 2, []string{"florasync.yaml:"}},
		{"UnknownKey", string(well) + "upload: {concurency: 3}\n", 2, []string{"florasync.yaml:4:10", "did you mean concurrency?"}},
		{"WrongValue", string(well) + "upload: {concurrency: many}\n", 2, []string{"florasync.yaml:4:23", "many"}},
		{"Empty", "", 2, []string{"nothing to watch"}},
		{"NoWorkspace", "watch:\n  - path: " + inbox + "\n", 2, []string{"workspace"}},
		{"FolderInsideAnother", string(well) + "  - path: " + inbox + "/below\n    workspace: ws_test\n", 2, []string{"inside"}},
		{"FolderIsAFile", string(well) + "  - path: " + file + "\n    workspace: ws_test\n", 2, []string{"not a folder"}},
		{"Pattern", string(well) + "    exclude: ['[']\n", 2, []string{"not a pattern"}},
		{"KeyFileMissing", string(well) + "    key_file: /nowhere/key\n", 2, []string{"no API key", "/nowhere/key"}},
		{"MoveToInsideRoot", string(well) + "    after: move\n    move_to: " + inbox + "/done\n", 2, []string{"uploaded again"}},
		{"RootRenamed", strings.Replace(string(well), "workspace", "name: pictures\n    workspace", 1), 2, []string{"state rename-root inbox pictures"}},
		{"RootRenamedToWords", strings.Replace(string(well), "workspace", "name: my pictures\n    workspace", 1), 2, []string{"state rename-root inbox 'my pictures'"}},
		{"NeedsARestart", string(well) + "server: {listen: '127.0.0.1:1', socket: /tmp/x}\nupload: {bandwidth: 1MB}\n", 2,
			[]string{"server.socket cannot be changed while florasync runs: restart it"}},
		{"AnotherPath", strings.Replace(string(well), "path: "+inbox, "name: inbox\n    path: "+m.path("second"), 1), 2, []string{"watch[inbox].path", "restart"}},
		{"AnotherStateDir", string(well) + "state_dir: " + m.path("elsewhere") + "\n", 3, []string{"no daemon"}},
	} {
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		r := m.run("reload")
		if r.code != c.code {
			t.Errorf("%s: exit code %d, want %d\n%s%s", c.name, r.code, c.code, r.out, r.err)
		}
		for _, text := range append(c.says, "nothing was changed") {
			if !strings.Contains(r.err, text) {
				t.Errorf("%s does not say %q: %s", c.name, text, r.err)
			}
		}
		if c.code == 2 {
			n++
		}
	}
	p.signal(syscall.SIGHUP) // the last of them, which the daemon itself can judge
	until(t, "what was refused stands in the log", func() error {
		if got := strings.Count(p.err.String(), `"event":"config.refused"`); got != n+1 {
			return fmt.Errorf("%d times, want %d:\n%s", got, n+1, p.err.String())
		}
		return nil
	})
	if strings.Contains(p.err.String(), "config.reloaded") {
		t.Error("a wrong configuration was taken")
	}
	if text := scraped(t, metrics); !strings.Contains(text, "florasync_config_last_reload_successful 0") {
		t.Error("the metric does not tell of the refusal")
	}
	put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 700))
	if err := os.WriteFile(file, well, 0o600); err != nil {
		t.Fatal(err)
	}
	m.settled(1)
	box.onceEach(pictureBytes(1, 700))
	m.run("reload").must(0, "nothing changed")
	if text := scraped(t, metrics); !strings.Contains(text, "florasync_config_last_reload_successful 1") {
		t.Error("the metric does not tell of the success")
	}
	m.run("loglevel", "loud").must(2, "debug, info, warn or error")
	m.run("loglevel", "debug").must(0)
	p.says(`"event":"log.level"`)
}

// TestReloadTakesAnotherKey: uploads that a refused key had suspended go on at once with the key that the reload names.
func TestReloadTakesAnotherKey(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	box := m.sandbox("--key", "sk_second")
	delete(m.vars, "FLORA_API_KEY")
	inbox := m.config("api: {key_file: " + m.write("first", "sk_first") + "}")
	put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 700))
	m.start("run").says("api.suspended")
	m.run("status").must(0, "key_refused")
	m.config("api: {key_file: " + m.write("second", "sk_second") + "}")
	m.run("reload").must(0, "api.key_file")
	m.settled(1)
	m.run("status", "--exit-code").must(0)
	box.onceEach(pictureBytes(1, 700))
	box.unbroken()
}

// TestStatusBesideAWrongConfiguration: whoever broke the file must still be able to ask the daemon.
func TestStatusBesideAWrongConfiguration(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.sandbox()
	m.config()
	p := m.start("run")
	p.says("root.watching")
	m.config("colour: red")
	m.run("status").must(0, "is running")
	m.run("pause").must(0)
	p.signal(syscall.SIGTERM)
	p.exit()
	m.run("status").must(2, "colour")
}

// listening returns where a process says that it serves health and metrics.
func (m *machine) listening(p *process) string {
	m.t.Helper()
	p.says("/metrics\n")
	_, rest, _ := strings.Cut(p.err.String(), "metrics at ")
	base, _, _ := strings.Cut(rest, "/metrics\n")
	return base
}

func scraped(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := readAll(resp)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
