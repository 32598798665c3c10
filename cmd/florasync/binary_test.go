package main

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// The tests of this package drive the built binary, as a person or a script does. Nothing here calls into the program.

var (
	seedFlag = flag.Uint64("florasync.seed", 0, "seed of the tests that kill at random; 0: from the clock")

	// binary is the program under test, built once by TestMain.
	binary string
)

func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		_ = f.Value.Set("8") // these tests wait for processes; they do not compute
	}
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	http.DefaultTransport.(*http.Transport).DialContext = loopbackOnly
	dir, err := os.MkdirTemp("", "florasync-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	// Others must reach the binary: some tests run it as another user.
	if err := os.Chmod(dir, 0o755); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	binary = filepath.Join(dir, "florasync")
	if err := build(binary); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// dependOnSources looks at every source file. The go command keeps the result of a test while its binary and the files it looked at are the same, and this
// test's binary holds nothing of the program. What TestMain looks at does not count.
var dependOnSources = sync.OnceValue(func() error {
	return filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != "..":
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".go" && d.Name() != "go.mod":
			return nil
		}
		_, err = os.Stat(path)
		return err
	})
})

// build compiles the program, with the race detector where there is a C compiler for it.
func build(to string) error {
	args := []string{"build", "-o", to}
	cgo, err := exec.Command("go", "env", "CGO_ENABLED", "CC").Output()
	if err == nil {
		if words := strings.Fields(string(cgo)); len(words) == 2 && words[0] == "1" {
			if _, err := exec.LookPath(words[1]); err == nil {
				args = append(args, "-race")
			}
		}
	}
	out, err := exec.Command("go", append(args, ".")...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

func loopbackOnly(ctx context.Context, network, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("a test wants to leave this machine: %s", addr)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, addr)
}

// deadline bounds each wait of a test. It is far beyond what a healthy run needs, even under the race detector on a busy machine.
const deadline = 45 * time.Second

// machine is one computer with a user: a home, and the variables that lead there.
type machine struct {
	t    *testing.T
	home string
	vars map[string]string
	uid  uint32 // 0: whoever runs the test
	dir  string // where the program is called; "": the home

	keepWhenFailed bool // the home stays when the test failed, for whoever looks into it
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	if err := dependOnSources(); err != nil {
		t.Fatal(err)
	}
	home, err := os.MkdirTemp("", "fs") // short: a socket's path is
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{t: t, home: home}
	t.Cleanup(func() {
		if m.keep() {
			return
		}
		if err := os.RemoveAll(home); err != nil {
			t.Errorf("clean up: %v", err)
		}
	})
	m.vars = map[string]string{
		"HOME": home, "PATH": os.Getenv("PATH"), "TMPDIR": home, "TZ": "UTC",
		"XDG_STATE_HOME": filepath.Join(home, "state"), "XDG_CONFIG_HOME": filepath.Join(home, "config"), "XDG_RUNTIME_DIR": filepath.Join(home, "run"),
		// Whatever would leave this machine ends at a closed port; loopback is never proxied.
		"HTTPS_PROXY": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1",
		"GORACE": "exitcode=66 atexit_sleep_ms=10", // by default a program under the race detector takes a second to end
	}
	return m
}

// environ returns the variables as a process takes them.
func (m *machine) environ() (env []string) {
	for name, value := range m.vars {
		env = append(env, name+"="+value)
	}
	return env
}

// path returns a path in the home.
func (m *machine) path(parts ...string) string {
	return filepath.Join(append([]string{m.home}, parts...)...)
}

// write writes a file in the home, with the folders above it, and returns its path.
func (m *machine) write(name, content string) string {
	m.t.Helper()
	path := m.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		m.t.Fatal(err)
	}
	return path
}

func (m *machine) mkdir(name string) string {
	m.t.Helper()
	if err := os.MkdirAll(m.path(name), 0o755); err != nil {
		m.t.Fatal(err)
	}
	return m.path(name)
}
