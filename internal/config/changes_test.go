package config

import (
	"slices"
	"strings"
	"testing"
)

func parsed(t *testing.T, text string) *Config {
	t.Helper()
	c, err := Parse("", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestChangesNameEachKeyThatDiffers(t *testing.T) {
	const roots = "watch:\n- {path: /a, workspace: ws_a}\n- {path: /b, workspace: ws_a, exclude: [x]}\n"
	for name, c := range map[string]struct{ now, next, want string }{
		"Nothing":     {roots, roots, ""},
		"WrittenDown": {roots, roots + "upload: {concurrency: 4}\nlog: {level: info}", ""},
		"Scalars":     {roots, roots + "upload: {bandwidth: 1MB, drain: 1m}\nlog: {level: warn}", "upload.bandwidth upload.drain log.level"},
		"Fixed":       {roots, roots + "server: {listen: \"127.0.0.1:1\"}\nstate_dir: /s", "state_dir! server.listen!"},
		"OfARoot":     {roots, strings.Replace(roots, "[x]", "[x, y], after: delete", 1), "watch[b].exclude watch[b].after"},
		"FixedOfARoot": {roots, strings.Replace(roots, "path: /b", "name: b, path: /c, duplicates: link", 1),
			"watch[b].path! watch[b].duplicates!"},
		"CameAndWent": {roots, strings.Replace(roots, "/b", "/c", 1), "watch[c] watch[b]"},
		"Order":       {roots, "watch:\n- {path: /b, workspace: ws_a, exclude: [x]}\n- {path: /a, workspace: ws_a}\n", ""},
	} {
		var got []string
		for _, change := range Changes(parsed(t, c.now), parsed(t, c.next)) {
			if change.Fixed {
				change.Key += "!"
			}
			got = append(got, change.Key)
		}
		if !slices.Equal(got, strings.Fields(c.want)) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// Whatever else is wrong with a configuration, the state directory leads to the daemon that runs with it.
func TestTheStateDirectoryOfAWrongConfiguration(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"WrongKey":      {"state_dir: /s\nupload: {concurency: 4}\n", "/s"},
		"NothingToRead": {"state_dir: /s\nwatch: [\n", "/home/x/.local/state/florasync"},
	} {
		file := write(t, "f.yaml", c.text)
		o := Options{File: file, Env: []string{"HOME=/home/x"}}
		if _, err := Load(o); err == nil {
			t.Errorf("%s: the configuration is not wrong", name)
		}
		if got := LoadStateDir(o); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	if got := LoadStateDir(Options{File: "/nowhere/f.yaml", Env: []string{"HOME=/home/x"}}); got != "" {
		t.Errorf("without a file: got %q", got)
	}
}
