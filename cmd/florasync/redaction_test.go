package main

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
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
				m.askedInVain(m.path("inbox/a.png"))
			})
		}
	})
	t.Run("Crash", func(t *testing.T) {
		t.Parallel()
		for _, s := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGABRT, syscall.SIGSEGV} {
			t.Run(s.String(), func(t *testing.T) {
				h := newHostile(t)
				held, asked := make(chan struct{}), make(chan struct{}, 1)
				h.storage = func(_ http.ResponseWriter, r *http.Request, _ string) { <-held; panic(http.ErrAbortHandler) }
				h.api = func(w http.ResponseWriter, _ *http.Request, echo string) {
					if strings.Contains(echo, markUser) { // it is to fetch the URL
						asked <- struct{}{}
						<-held
					}
					answer(w, http.StatusCreated, h.reservation("asset_hostile"))
				}
				t.Cleanup(func() { close(held) })
				m := newMachine(t)
				m.vars["FLORA_BASE_URL"], m.vars["FLORA_API_KEY"], m.vars["GOTRACEBACK"] = h.url+"/api/v1", markKey, "all"
				m.vars["HTTP_PROXY"] = "http://proxyuser:" + markProxy + "@127.0.0.1:1"
				m.vars["HTTPS_PROXY"] = m.vars["HTTP_PROXY"]
				put(t, filepath.Join(m.config("log: {level: debug}"), "a.png"), pictureBytes(1, 900))
				p := m.start("run", "--listen", "127.0.0.1:0")
				p.says("asset.reserved") // the form is in its hands
				m.said("upload", "--no-wait", "--workspace", "ws_test", "https://user:"+markUser+"@media.flora.ai/b.png?token="+markQuery).must(0)
				select {
				case <-asked: // the URL is in its hands
				case <-time.After(deadline):
					t.Fatalf("FLORA was not asked for the URL: %s", p.err.String())
				}
				p.signal(s)
				p.exit()
				if !strings.Contains(p.err.String(), "goroutine ") {
					t.Errorf("no dump: %s", p.err.String())
				}
				m.leak(s.String(), p.out.String()+p.err.String())
				for _, file := range m.record() { // the URL that FLORA has not taken must be here, and nowhere else
					text, err := os.ReadFile(file)
					if err != nil {
						t.Fatal(err)
					}
					m.leakOf([]string{markKey, markSignature, markPolicy, markToken, markProxy}, file, string(text))
					if err := os.Remove(file); err != nil {
						t.Fatal(err)
					}
				}
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

// asked asks the program everything there is to ask, with the daemon alive, searches the answers, and then every file it wrote.
func (m *machine) asked(path string) {
	m.t.Helper()
	daemon := m.start("run", "--listen", "127.0.0.1:0", "--log-format", "json")
	base := m.listening(daemon)
	m.questions(path)
	for _, page := range []string{"/metrics", "/livez", "/readyz"} {
		m.leak(page, fetched(m.t, base+page))
	}
	m.said("status").must(0, "is running since") // what it met is in its reasons by now
	daemon.signal(syscall.SIGTERM)
	daemon.exit()
	m.leak("run", daemon.out.String()+daemon.err.String())
	m.left(path)
}

// askedInVain is asked where no daemon comes to be, since its configuration is refused.
func (m *machine) askedInVain(path string) {
	m.t.Helper()
	m.said("run", "--listen", "127.0.0.1:0", "--log-format", "json").must(2)
	m.questions(path)
	m.left(path)
}

func (m *machine) questions(path string) {
	m.t.Helper()
	for _, args := range [][]string{{"status"}, {"status", "--json"}, {"list", "--json", "--all"}, {"list", "--csv"}, {"explain", path}, {"explain", "--json", path},
		{"retry", "--failed"}, {"check"}, {"run", "--dry-run"}, {"reload"}, {"help", "run"}, {"state", "check"}} {
		m.said(args...)
	}
}

// left asks for what the record holds when no daemon runs any more.
func (m *machine) left(path string) {
	m.t.Helper()
	m.said("list", "--json", "--all")
	m.said("explain", path)
	m.said("state", "backup", m.path("backup.db"))
	m.searched("in the end")
}

// fetched is the answer for a page, whole; the test fails when there is none.
func fetched(t *testing.T, page string) string {
	t.Helper()
	resp, err := http.Get(page)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b strings.Builder
	_ = resp.Header.Write(&b) // to memory
	body, err := readAll(resp)
	if err != nil || body == "" || resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusServiceUnavailable {
		t.Fatalf("%s: %s, %v, %q", page, resp.Status, err, body)
	}
	return b.String() + body
}
