package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestHostileAPI: whatever answers instead of FLORA, the program ends in time, says something, and keeps the file.
func TestHostileAPI(t *testing.T) {
	t.Parallel()
	answers := map[string]http.HandlerFunc{
		"NotJSON":    func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>It works!</html>") },
		"NoFields":   func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") },
		"WrongTypes": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"asset_id":7,"status":[],"upload":"x"}`) },
		"NoUpload": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"asset_id":"asset_1","status":"pending_upload","workspace_id":"ws_test","url":"https://x.invalid/a"}`)
		},
		"UploadElsewhere": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"asset_id":"asset_1","status":"pending_upload","upload":{"url":"file:///etc/passwd","form_fields":{},"file_field":"file"}}`)
		},
		"Huge": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"asset_id":"`)
			for range 512 {
				if _, err := fmt.Fprint(w, strings.Repeat("x", 128<<10)); err != nil {
					return
				}
			}
		},
		"NeverEnds": func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, `{"asset_id":`)
			tick := time.NewTicker(50 * time.Millisecond)
			defer tick.Stop()
			for r.Context().Err() == nil {
				fmt.Fprint(w, " ")
				w.(http.Flusher).Flush()
				<-tick.C
			}
		},
		"NeverAnswers": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"Redirects": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusTemporaryRedirect)
		},
		"Empty":  func(http.ResponseWriter, *http.Request) {},
		"Teapot": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) },
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			server := httptest.NewServer(answer)
			t.Cleanup(server.Close)
			m.vars["FLORA_API_KEY"], m.vars["FLORA_BASE_URL"] = "sk_hidden", server.URL+"/api/v1"
			inbox := m.config("api: {timeout: 1s}", "log: {level: debug}")
			put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 800))
			r := m.run("run", "--once", "--timeout", "3s")
			if r.code != 7 && r.code != 1 && r.code != 4 {
				t.Errorf("exit code %d\n%s", r.code, r.err)
			}
			if strings.Contains(r.err, "goroutine ") || strings.Contains(r.err, "sk_hidden") || !strings.Contains(r.err, "florasync: ") {
				t.Errorf("it says: %.4000s", r.err)
			}
			c := m.run("check")
			if c.code != 1 && c.code != 4 {
				t.Errorf("check: exit code %d\n%s%s", c.code, c.out, c.err)
			}
			if got := m.totals(); got.Seen != 1 || got.Ready != 0 || got.Skipped != 0 {
				t.Errorf("%+v: the file is not kept", got)
			}
			m.run("state", "check").must(0)
			server.Close()
			box := m.sandbox()
			m.run("retry", "inbox/a.png").must(0)
			m.run("run", "--once").must(0)
			box.onceEach(pictureBytes(1, 800))
		})
	}
}

// TestSilentStorage: the connection is taken and nothing more happens.
func TestSilentListener(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	m.vars["FLORA_API_KEY"], m.vars["FLORA_BASE_URL"] = "sk_test", "http://"+l.Addr().String()+"/api/v1"
	inbox := m.config("api: {timeout: 1s}", "upload: {drain: 1s}")
	put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 800))
	m.run("run", "--once", "--timeout", "2s").must(7)
	m.run("check").must(1, "PROBLEM flora")
}
