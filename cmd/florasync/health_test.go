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
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	m.run("run", "--state-dir", m.path("other"), "--listen", taken.Addr().String()).must(2, "server.listen", "in use")
}
