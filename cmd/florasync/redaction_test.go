package main

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestSecretsNeverLeak is promise 5 from outside: a server that says back whatever it was told, proxies, configurations with a key in the wrong place, and
// crashes; then everything the program said or wrote is searched for the secrets, in every spelling.
func TestSecretsNeverLeak(t *testing.T) {
	t.Parallel()
	ways := hostilities()
	for _, name := range slices.Sorted(maps.Keys(ways)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHostile(t)
			ways[name](h)
			m := newMachine(t)
			m.vars["FLORA_BASE_URL"] = h.url + "/api/v1"
			m.write("key", markKey+"\n")
			inbox := m.config("    project: prj_test", "api: {timeout: 2s, key_file: "+m.path("key")+"}", "upload: {drain: 1s}", "log: {level: debug}")
			put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 900))
			for _, format := range []string{"json", "console"} {
				m.said("run", "--once", "--timeout", "3s", "--log-format", format)
			}
			m.asked(filepath.Join(inbox, "a.png"))

			// A URL that FLORA has not taken yet must be in the record, and nowhere else.
			m.said("upload", "--timeout", "2s", "--workspace", "ws_test", "https://user:"+markUser+"@media.flora.ai/b.png?token="+markQuery)
			m.said("list", "--json", "--all")
			m.said("state", "backup", m.path("again.db"))
			if err := os.Remove(m.path("state/florasync/florasync.db")); err != nil {
				t.Fatal(err)
			}
			m.searched("with a URL")
		})
	}
	t.Run("Proxy", func(t *testing.T) {
		t.Parallel()
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Proxy-Authenticate", "Basic realm=\""+r.Header.Get("Proxy-Authorization")+"\"")
			http.Error(w, r.Header.Get("Proxy-Authorization")+markProxy, http.StatusProxyAuthRequired)
		}))
		t.Cleanup(proxy.Close)
		for name, at := range map[string]string{"Refuses": strings.TrimPrefix(proxy.URL, "http://"), "Nobody": "127.0.0.1:1", "Malformed": "127.0.0.1:port"} {
			t.Run(name, func(t *testing.T) {
				m := newMachine(t)
				m.vars["FLORA_BASE_URL"], m.vars["FLORA_API_KEY"] = "https://flora.invalid/api/v1", markKey
				m.vars["HTTPS_PROXY"] = "http://proxyuser:" + markProxy + "@" + at
				put(t, filepath.Join(m.config("log: {level: debug}"), "a.png"), pictureBytes(1, 900))
				m.said("run", "--once", "--timeout", "2s")
				m.asked(m.path("inbox/a.png"))
			})
		}
	})
	t.Run("WrongPlace", func(t *testing.T) {
		t.Parallel()
		for name, lines := range map[string]string{
			"UnknownField": "api: {key: " + yaml(markKey) + "}", "KeyForFile": "api: {key_file: " + yaml(markKey) + "}",
			"KeyInBaseURL": "api: {base_url: 'https://user:" + markUser + "@flora.invalid/api/v1?key=" + markQuery + "'}",
			"KeyAsTimeout": "api: {timeout: " + yaml(markKey) + "}", "KeyAsList": "api: [" + yaml(markKey) + "]", "KeyAlone": yaml(markKey),
			"KeyAsName": yaml(markKey) + ": true", "KeyAsLevel": "log: {level: " + yaml(markKey) + "}", "Torn": "api: {key_file: '" + markKey,
			"KeyAsConcurrency": "upload: {concurrency: " + yaml(markKey) + "}"} {
			t.Run(name, func(t *testing.T) {
				m := newMachine(t)
				m.config(lines)
				for _, args := range [][]string{{"run", "--once", "--timeout", "1s"}, {"check", "--offline"}, {"status"}, {"list"}} {
					m.said(args...)
				}
				m.searched("after all that")
			})
		}
		for name, vars := range map[string]map[string]string{
			"BaseURL": {"FLORA_BASE_URL": "https://user:" + markUser + "@flora.invalid/api/v1?key=" + markQuery}, "KeyAsBaseURL": {"FLORA_BASE_URL": markKey},
			"TwoLines": {"FLORA_API_KEY": markKey + "\n" + markToken}, "Umlaut": {"FLORA_API_KEY": markKey + "ü"}, "Concurrency": {"FLORASYNC_UPLOAD_CONCURRENCY": markKey},
		} {
			t.Run("Env"+name, func(t *testing.T) {
				m := newMachine(t)
				m.vars["FLORA_API_KEY"] = markKey
				maps.Copy(m.vars, vars)
				put(t, filepath.Join(m.config("log: {level: debug}"), "a.png"), pictureBytes(1, 900))
				m.said("run", "--once", "--timeout", "1s")
				m.asked(m.path("inbox/a.png"))
			})
		}
	})
	t.Run("Crash", func(t *testing.T) {
		t.Parallel()
		for _, s := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGABRT, syscall.SIGSEGV} {
			t.Run(s.String(), func(t *testing.T) {
				h := newHostile(t)
				held := make(chan struct{})
				h.storage = func(_ http.ResponseWriter, r *http.Request, _ string) { <-held; panic(http.ErrAbortHandler) }
				t.Cleanup(func() { close(held) })
				m := newMachine(t)
				m.vars["FLORA_BASE_URL"], m.vars["FLORA_API_KEY"], m.vars["GOTRACEBACK"] = h.url+"/api/v1", markKey, "all"
				put(t, filepath.Join(m.config("log: {level: debug}"), "a.png"), pictureBytes(1, 900))
				p := m.start("run", "--listen", "127.0.0.1:0")
				p.says("asset.reserved") // the form is in its hands
				p.signal(s)
				p.exit()
				if !strings.Contains(p.err.String(), "goroutine ") {
					t.Errorf("no dump: %s", p.err.String())
				}
				m.leak(s.String(), p.out.String()+p.err.String())
				m.searched("after the crash")
			})
		}
	})
}

func yaml(s string) string { return "'" + s + "'" }

// said runs the program and searches what it says.
func (m *machine) said(args ...string) result {
	m.t.Helper()
	r := m.run(args...)
	m.leak("florasync "+args[0], r.out+r.err)
	return r
}

// asked asks the program everything there is to ask, searches the answers, and then every file it wrote.
func (m *machine) asked(path string) {
	m.t.Helper()
	daemon := m.start("run", "--listen", "127.0.0.1:0", "--log-format", "json")
	for _, args := range [][]string{{"status"}, {"status", "--json"}, {"list", "--json", "--all"}, {"list", "--csv"}, {"explain", path}, {"explain", "--json", path},
		{"retry", "--failed"}, {"check"}, {"run", "--dry-run"}, {"reload"}, {"help", "run"}, {"state", "check"}} {
		m.said(args...)
	}
	for line := range strings.Lines(daemon.err.String()) {
		var at struct{ Listen, Addr, Hint string }
		if json.Unmarshal([]byte(line), &at) != nil {
			continue
		}
		for _, word := range strings.Fields(at.Listen + " " + at.Addr + " " + at.Hint) {
			if strings.HasPrefix(word, "127.0.0.1:") {
				for _, page := range []string{"/metrics", "/livez", "/readyz"} {
					m.leak(page, fetched(word, page))
				}
			}
		}
	}
	daemon.signal(syscall.SIGTERM)
	daemon.exit()
	m.leak("run", daemon.out.String()+daemon.err.String())
	m.said("list", "--json", "--all")
	m.said("explain", path)
	m.said("state", "backup", m.path("backup.db"))
	m.searched("in the end")
}

func fetched(addr, page string) string {
	resp, err := http.Get("http://" + addr + page)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	var b strings.Builder
	_ = resp.Header.Write(&b) // to memory
	body, _ := readAll(resp)
	return b.String() + body
}

// searched searches every file of the home, but for those that hold the secrets by right.
func (m *machine) searched(when string) {
	m.t.Helper()
	err := filepath.WalkDir(m.home, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || path == m.path("key") || strings.HasPrefix(path, m.path("config")) {
			return err
		}
		text, err := os.ReadFile(path)
		m.leak(strings.TrimPrefix(path, m.home)+" "+when, string(text))
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
}

// leak fails the test when a text holds a secret in any spelling.
func (m *machine) leak(where, text string) {
	m.t.Helper()
	for _, mark := range marks {
		for _, spelling := range spellings(mark) {
			if at := strings.Index(text, spelling); at >= 0 {
				m.t.Errorf("%s: holds %q: …%q…", where, spelling, text[max(0, at-120):min(len(text), at+len(spelling)+80)])
				break
			}
		}
	}
}

// spellings are the ways in which a text can hold a secret. Half of it is as good as all.
func spellings(mark string) []string {
	quoted, _ := json.Marshal(mark) // of a string
	all := []string{mark, mark[:len(mark)*2/3], strings.Trim(string(quoted), `"`), url.QueryEscape(mark), url.PathEscape(mark), html.EscapeString(mark)}
	for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for shift := range 3 { // wherever in a longer text it stands
			coded := e.EncodeToString([]byte(strings.Repeat("x", shift) + mark))
			all = append(all, coded[(shift*8+5)/6+1:len(coded)-2])
		}
	}
	return all
}
