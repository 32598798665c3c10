package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// bare is an environment with nothing of ours.
func bare(more ...string) []string { return append([]string{"HOME=/home/flo"}, more...) }

func TestLoadLayers(t *testing.T) { // invariant 1
	file := write(t, "f.yaml", "upload: {concurrency: 5}\n")
	for _, tt := range []struct {
		name string
		o    Options
		want int
	}{
		{"Default", Options{Env: bare()}, 4},
		{"FileOverDefault", Options{File: file, Env: bare()}, 5},
		{"EnvironmentOverFile", Options{File: file, Env: bare("FLORASYNC_UPLOAD_CONCURRENCY=6")}, 6},
		{"EmptyVariableIsNone", Options{File: file, Env: bare("FLORASYNC_UPLOAD_CONCURRENCY=")}, 5},
		{"FlagOverEnvironment", Options{File: file, Env: bare("FLORASYNC_UPLOAD_CONCURRENCY=6"), Flags: map[string]string{"concurrency": "7"}}, 7},
		{"FlagOverAWrongVariable", Options{Env: bare("FLORASYNC_UPLOAD_CONCURRENCY=x"), Flags: map[string]string{"concurrency": "7"}}, 7},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Load(tt.o)
			if err != nil {
				t.Fatal(err)
			}
			if c.Upload.Concurrency != tt.want {
				t.Errorf("got %d, want %d", c.Upload.Concurrency, tt.want)
			}
		})
	}
}

func TestEveryScalarHasItsVariable(t *testing.T) {
	want := map[string]string{"api.base_url": "FLORASYNC_API_BASE_URL", "api.key_file": "FLORASYNC_API_KEY_FILE", "api.timeout": "FLORASYNC_API_TIMEOUT",
		"api.ca_file": "FLORASYNC_API_CA_FILE", "server.hosts": "FLORASYNC_SERVER_HOSTS",
		"state_dir": "FLORASYNC_STATE_DIR", "upload.concurrency": "FLORASYNC_UPLOAD_CONCURRENCY", "upload.bandwidth": "FLORASYNC_UPLOAD_BANDWIDTH",
		"upload.requests_per_minute": "FLORASYNC_UPLOAD_REQUESTS_PER_MINUTE", "upload.max_attempts": "FLORASYNC_UPLOAD_MAX_ATTEMPTS",
		"upload.drain": "FLORASYNC_UPLOAD_DRAIN", "server.listen": "FLORASYNC_SERVER_LISTEN", "server.socket": "FLORASYNC_SERVER_SOCKET",
		"server.socket_group": "FLORASYNC_SERVER_SOCKET_GROUP", "log.level": "FLORASYNC_LOG_LEVEL", "log.format": "FLORASYNC_LOG_FORMAT"}
	values := map[string]string{"api.base_url": "https://other.example/v1", "server.listen": "127.0.0.1:1"}
	for _, s := range settings {
		if got := EnvName(s.key); got != want[s.key] {
			t.Errorf("%s: got %s, want %s", s.key, got, want[s.key])
		}
		text := values[s.key]
		if text == "" {
			text = sample(s.sort)
		}
		c, err := Load(Options{Env: bare(want[s.key] + "=" + text)})
		if err != nil {
			t.Errorf("%s=%s: %v", want[s.key], text, err)
			continue
		}
		// The state directory is found in other ways when it is not set.
		base := Default()
		base.StateDir = "/home/flo/.local/state/florasync"
		if got := changed(reflect.ValueOf(*base), reflect.ValueOf(*c), ""); len(got) != 1 || got[0] != s.key {
			t.Errorf("%s=%s changed %v", want[s.key], text, got)
		}
	}
}

func TestLoadSaysWhereAWrongValueCameFrom(t *testing.T) {
	file := write(t, "f.yaml", "upload: {drain: x}\n")
	for _, tt := range []struct {
		name string
		o    Options
		want string
	}{
		{"Variable", Options{Env: bare("FLORASYNC_LOG_LEVEL=wran")}, `FLORASYNC_LOG_LEVEL: "wran" is not debug, info, warn or error; did you mean warn?`},
		{"Flag", Options{Env: bare(), Flags: map[string]string{"concurrency": "0"}}, `--concurrency: 0 is not between 1 and 256`},
		{"BaseURL", Options{Env: bare("FLORA_BASE_URL=ftp://x")}, `FLORA_BASE_URL: must start with https:// (http:// only for loopback)`},
		{"File", Options{File: file, Env: bare(), Flags: map[string]string{"state-dir": "/s"}}, file + `:1:17: upload.drain: "x" is not a duration such as 300ms, 30s, 10m or 1d`},
		{"NoFile", Options{File: "/no/such/f.yaml", Env: bare()}, `/no/such/f.yaml: no such file or directory`},
		{"WatchWithoutWorkspace", Options{Env: bare(), Watch: &Watched{Path: "/srv"}}, `--workspace: is required; it is the workspace's id at FLORA, ws_…`},
		{"WatchWithWrongProject", Options{Env: bare(), Watch: &Watched{Path: "/srv", Workspace: "ws_1", Project: "x"}}, `--project: "x" is not a project id: it starts with prj_`},
		{"WorkspaceWithoutWatch", Options{Env: bare(), Watch: &Watched{Workspace: "ws_1"}}, `--workspace: belongs to --watch`},
		{"NowhereForTheRecord", Options{Env: []string{}}, `state_dir: nowhere to keep the record: neither HOME nor XDG_STATE_HOME is set; give --state-dir`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load(tt.o)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestLoadWatchReplacesTheFilesRoots(t *testing.T) {
	file := write(t, "f.yaml", root+"    after: mvoe\nupload: {drain: 3s}\n")
	c, err := Load(Options{File: file, Env: bare(), Dir: "/home/flo", Watch: &Watched{Path: "pictures/new", Workspace: "ws_2", Folder: "x/{dir}"}})
	if err != nil {
		t.Fatal(err)
	}
	want := DefaultWatch()
	want.Name, want.Path, want.Workspace, want.Folder = "new", "/home/flo/pictures/new", "ws_2", "x/{dir}"
	if len(c.Watch) != 1 || c.Watch[0].Path != want.Path || c.Watch[0].Name != want.Name || c.Watch[0].Folder != want.Folder || c.Watch[0].After != "keep" {
		t.Errorf("got %+v, want %+v", c.Watch, want)
	}
	if c.Upload.Drain != 3*time.Second {
		t.Error("the rest of the file does not count")
	}
}

func TestLoadResolvesFlagsFromTheWorkingDirectory(t *testing.T) {
	c, err := Load(Options{Env: bare("FLORASYNC_API_KEY_FILE=k"), Dir: "/home/flo", Flags: map[string]string{"state-dir": "s/../t"}})
	if err != nil {
		t.Fatal(err)
	}
	if c.StateDir != "/home/flo/t" || c.API.KeyFile != "/home/flo/k" {
		t.Errorf("got %s, %s", c.StateDir, c.API.KeyFile)
	}
}

func TestLoadWarns(t *testing.T) {
	c, err := Load(Options{Env: bare("FLORASYNC_UPLOAD_CONCURENCY=3", "FLORASYNC_API_KEY=sk_live_abc", "FLORASYNC_CONFIG=x", "FLORASYNC_SERVER_LISTEN=0.0.0.0:80")})
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(c.Warnings, "\n")
	want := `the variable FLORASYNC_UPLOAD_CONCURENCY is not a setting; did you mean FLORASYNC_UPLOAD_CONCURRENCY?
the variable FLORASYNC_API_KEY is not a setting; the key is read from FLORA_API_KEY
server.listen: whoever reaches 0.0.0.0:80 can read counts and folder names; 127.0.0.1 keeps it to this machine`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestStateDirFor(t *testing.T) {
	for _, tt := range []struct {
		name, configured, file string
		env                    []string
		want                   string
	}{
		{"Configured", "/a", EtcFile, bare("STATE_DIRECTORY=/b"), "/a"},
		{"Systemd", "", EtcFile, bare("STATE_DIRECTORY=/b:/c"), "/b"},
		{"Etc", "", EtcFile, bare(), EtcStateDir},
		{"EtcOfAnInstance", "", "/etc/florasync/scans.yaml", bare(), "/var/lib/florasync-scans"},
		{"BelowEtc", "", "/etc/florasync/old/scans.yaml", bare("XDG_STATE_HOME=/x"), "/x/florasync"},
		{"NotYAMLInEtc", "", "/etc/florasync/scans.yml", bare("XDG_STATE_HOME=/x"), "/x/florasync"},
		{"XDG", "", "/x.yaml", bare("XDG_STATE_HOME=/d"), "/d/florasync"},
		{"RelativeXDGIsIgnored", "", "", bare("XDG_STATE_HOME=d"), "/home/flo/.local/state/florasync"},
		{"Home", "", "", bare(), "/home/flo/.local/state/florasync"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := StateDirFor(tt.configured, tt.file, lookup(tt.env)); err != nil || got != tt.want {
				t.Errorf("got %s, %v, want %s", got, err, tt.want)
			}
		})
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "florasync", "florasync.yaml")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	other := write(t, "other.yaml", "")
	env := lookup([]string{"XDG_CONFIG_HOME=" + dir})
	if got, err := Find("", env); err != nil || got != file {
		t.Errorf("got %s, %v, want %s", got, err, file)
	}
	if got, err := Find("", lookup([]string{"XDG_CONFIG_HOME=" + dir, "FLORASYNC_CONFIG=" + other})); err != nil || got != other {
		t.Errorf("got %s, %v, want %s", got, err, other)
	}
	if got, err := Find(file, lookup([]string{"FLORASYNC_CONFIG=" + other})); err != nil || got != file {
		t.Errorf("got %s, %v, want %s", got, err, file)
	}
	if _, err := Find("/no/such.yaml", env); err == nil || err.Error() != `--config: "/no/such.yaml": no such file or directory` {
		t.Errorf("got %v", err)
	}
	if _, err := Find("", lookup([]string{"FLORASYNC_CONFIG=" + dir})); err == nil || !strings.Contains(err.Error(), "is a folder; name the file in it") {
		t.Errorf("got %v", err)
	}
}

// A reload compares configurations: the same layers must be equal.
func TestLoadTwiceIsEqual(t *testing.T) {
	o := Options{File: write(t, "f.yaml", root), Env: bare("FLORA_API_KEY=sk_live_abc")}
	one, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	two, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(one, two) {
		t.Errorf("got %+v and %+v", one, two)
	}
}

func TestRequireRoots(t *testing.T) {
	c, err := Load(Options{Env: bare()})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.RequireRoots(); err == nil || !strings.Contains(err.Error(), "--watch DIR") {
		t.Errorf("got %v", err)
	}
	c.Watch = []Watch{DefaultWatch()}
	if err := c.RequireRoots(); err != nil {
		t.Error(err)
	}
}
