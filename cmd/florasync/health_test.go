package main

import (
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/florasync/florasync/state"
)

// TestHealth reads what --listen serves, well and not.
func TestHealth(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.sandbox()
	inbox := m.config()
	put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 700))
	p := m.start("run", "--listen", "127.0.0.1:0")
	p.says("health and metrics at http://")
	_, rest, _ := strings.Cut(p.err.String(), "metrics at ")
	base, _, _ := strings.Cut(rest, "/metrics\n")
	get := func(path string, code int) string {
		t.Helper()
		resp, err := http.Get(base + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != code {
			t.Errorf("%s: %s %v, want %d\n%s", path, resp.Status, err, code, body)
		}
		return string(body)
	}
	m.settled(1)
	get("/livez", 200)
	get("/readyz", 200)
	metrics := get("/metrics", 200)
	if !strings.Contains(metrics, `florasync_files{root="inbox",state="ready"} 1`) {
		t.Errorf("the ready file is not counted:\n%s", metrics)
	}
	for _, reason := range state.BlockedReasons {
		if !strings.Contains(metrics, `florasync_blocked{reason="`+string(reason)+`"} 0`) {
			t.Errorf("no florasync_blocked for %s", reason)
		}
	}
	m.run("pause").must(0)
	get("/livez", 200)
	if text := get("/readyz", 503); !strings.Contains(text, `"code":"paused"`) || !strings.Contains(text, `"ready":false`) {
		t.Errorf("readyz: %q", text)
	}
	if text := get("/metrics", 200); !strings.Contains(text, `florasync_blocked{reason="paused"} 1`) {
		t.Error("the pause is not counted")
	}
	resp, err := http.Post(base+"/metrics", "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %s", resp.Status)
	}
	strange, err := http.NewRequest(http.MethodGet, base+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	strange.Host = "evil.example" // a name that a web page made lead here
	if resp, err = http.DefaultClient.Do(strange); err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("asked by another name: %s", resp.Status)
	}
	for _, path := range []string{"/v1/status", "/v1/pause", "/debug/pprof/", "/debug/pprof/heap"} { // the socket's
		get(path, 404)
	}
	socket := m.socketClient()
	for path, code := range map[string]int{"heap": 200, "goroutine": 200, "profile?seconds=1": 200, "block?seconds=1": 200, "mutex?seconds=1": 200, "cmdline": 404} {
		resp, err := socket.Get("http://florasync/debug/pprof/" + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != code || code == 200 && !strings.HasPrefix(string(body), "\x1f\x8b") {
			t.Errorf("profile %s: %s, %v, %.80q", path, resp.Status, err, body)
		}
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	m.run("run", "--state-dir", m.path("other"), "--listen", taken.Addr().String()).must(2, "server.listen", "in use")
}
