package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestClockSkew: uploads go on while the clocks are apart, and it is said until they agree.
func TestClockSkew(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	box := m.sandbox()
	var ahead atomic.Int64 // of FLORA
	proxy := box.behind()
	proxy.ModifyResponse = func(r *http.Response) error {
		r.Header.Set("Date", time.Now().Add(time.Duration(ahead.Load())).UTC().Format(http.TimeFormat))
		return nil
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	m.vars["FLORA_BASE_URL"] = server.URL + "/api/v1"
	inbox := m.config()
	put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 700))
	p := m.start("run")
	m.settled(1)
	m.run("status", "--exit-code").must(0)
	ahead.Store(int64(5 * time.Minute)) // the asset's own stamps stay: less than a form lives
	put(t, filepath.Join(inbox, "b.png"), pictureBytes(2, 700))
	m.settled(2)
	m.run("status", "--exit-code").must(1, "clock_skew", "behind FLORA's", "timedatectl")
	m.run("check").must(1, "PROBLEM clock", "behind FLORA's")
	p.says(`"event":"clock.skewed"`)
	ahead.Store(0)
	put(t, filepath.Join(inbox, "c.png"), pictureBytes(3, 700))
	m.settled(3)
	m.run("status", "--exit-code").must(0)
	m.run("check").must(0, "clock: agrees")
	if n := strings.Count(p.err.String(), "clock.skewed"); n != 1 {
		t.Errorf("said %d times", n)
	}
	box.onceEach(pictureBytes(1, 700), pictureBytes(2, 700), pictureBytes(3, 700))
}

// TestMoveDenied: files that are ready and may not be deleted are said to be so, once a root, and are deleted when they may be.
func TestMoveDenied(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	box := m.sandbox()
	inbox := m.config("    after: delete")
	m.asNobody()
	for i := range 3 {
		path := filepath.Join(inbox, string(rune('a'+i))+".png")
		put(t, path, pictureBytes(uint64(i), 700))
		own(t, path)
	}
	if err := os.Chmod(inbox, 0o755); err != nil {
		t.Fatal(err)
	}
	p := m.start("run")
	m.settled(3)
	until(t, "it is said", func() error {
		if r := m.run("status"); !strings.Contains(r.out, "move_denied: inbox: ") {
			return errors.New(r.out + r.err)
		}
		return nil
	})
	until(t, "all have been tried", func() error {
		for _, it := range m.items() {
			if it["error"] == nil {
				return fmt.Errorf("%v has no error", it["path"])
			}
		}
		return nil
	})
	p.says(`"reason":"move_denied"`)
	if n := strings.Count(p.err.String(), `"event":"file.kept"`); n != 1 {
		t.Errorf("said %d times\n%s", n, p.err.String())
	}
	own(t, inbox)
	m.run("retry", "--failed").must(0, "3 retried") // ready with an error, as the documents say
	until(t, "they are deleted", func() error {
		if r := m.run("status"); strings.Contains(r.out, "move_denied") {
			return errors.New(r.out + r.err)
		}
		_, err := os.Stat(filepath.Join(inbox, "a.png"))
		if err == nil {
			return errors.New(m.run("list").out)
		}
		return nil
	})
	box.onceEach(pictureBytes(0, 700), pictureBytes(1, 700), pictureBytes(2, 700))
}
