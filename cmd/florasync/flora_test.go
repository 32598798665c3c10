package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"crypto/sha256"
	"encoding/hex"
)

// standIn is a `florasync sandbox` process.
type standIn struct {
	*process
	url string // of the API
}

// sandbox starts a stand-in for FLORA.
func (m *machine) sandbox(args ...string) *standIn {
	m.t.Helper()
	p := m.start(append([]string{"sandbox", "--listen", "127.0.0.1:0", "--no-sync"}, args...)...)
	s := &standIn{process: p}
	until(m.t, "the sandbox's first line", func() error {
		line, _, whole := strings.Cut(p.out.String(), "\n")
		if s.url = line; !whole {
			return fmt.Errorf("%q %s", line, p.err.String())
		}
		return nil
	})
	m.vars["FLORA_BASE_URL"], m.vars["FLORA_API_KEY"] = s.url, "sk_sandbox"
	return s
}

func (s *standIn) at(path string) string { return strings.TrimSuffix(s.url, "/api/v1") + path }

// behind returns a proxy that stands before the stand-in.
func (s *standIn) behind() *httputil.ReverseProxy {
	s.t.Helper()
	to, err := url.Parse(s.at(""))
	if err != nil {
		s.t.Fatal(err)
	}
	return httputil.NewSingleHostReverseProxy(to)
}

func (s *standIn) get(path string, into any) {
	s.t.Helper()
	resp, err := http.Get(s.at(path))
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		s.t.Fatal(err)
	}
}

// faults replaces the faults in force.
func (s *standIn) faults(text string) {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodPut, s.at("/sandbox/faults"), strings.NewReader(text))
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		body, _ := io.ReadAll(resp.Body)
		s.t.Fatalf("faults %s: %s %s", text, resp.Status, body)
	}
}

// asset is what the sandbox tells of an asset.
type asset struct {
	ID          string   `json:"id"`
	Workspace   string   `json:"workspace"`
	Name        string   `json:"name"`
	Folder      string   `json:"folder"`
	Status      string   `json:"status"`
	SHA256      string   `json:"sha256"`
	ContentType string   `json:"content_type"`
	Size        int64    `json:"size"`
	Projects    []string `json:"projects"`
	Nodes       []any    `json:"nodes"`
}

func (s *standIn) assets() (all []asset) {
	s.t.Helper()
	s.get("/sandbox/assets", &all)
	return all
}

// ready returns the ready assets.
func (s *standIn) ready() []asset {
	s.t.Helper()
	return slices.DeleteFunc(s.assets(), func(a asset) bool { return a.Status != "ready" })
}

// unbroken fails the test when a client broke a rule of FLORA.
func (s *standIn) unbroken() {
	s.t.Helper()
	var all []json.RawMessage
	s.get("/sandbox/violations", &all)
	for _, v := range all {
		s.t.Errorf("a rule of FLORA was broken: %s", v)
	}
}

// onceEach fails the test unless the ready assets are exactly the contents, each once, by digest.
func (s *standIn) onceEach(contents ...[]byte) {
	s.t.Helper()
	n := map[string]int{}
	for _, a := range s.ready() {
		n[a.SHA256]++
	}
	for _, c := range contents {
		if sum := digest(c); n[sum] != 1 {
			s.t.Errorf("content %s…: %d ready assets, want 1", sum[:8], n[sum])
		}
		delete(n, digest(c))
	}
	if len(n) > 0 {
		s.t.Errorf("%d ready assets that no file holds: %v", len(n), n)
	}
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// picture returns bytes that pass for a PNG, different for each seed.
func pictureBytes(seed uint64, size int) []byte {
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16), byte(seed >> 24)})
	b := make([]byte, max(size, 16))
	_, _ = r.Read(b) // never fails
	copy(b, "\x89PNG\r\n\x1a\n")
	return b
}

// put writes a file whole, by a rename, as well-behaved programs do.
func put(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// config writes a configuration that watches inbox, with more lines below the root, and returns the folder.
func (m *machine) config(lines ...string) string {
	m.t.Helper()
	inbox := m.mkdir("inbox")
	text := "watch:\n  - path: " + inbox + "\n    workspace: ws_test\n"
	for _, l := range lines {
		text += l + "\n"
	}
	m.write("config/florasync/florasync.yaml", text)
	return inbox
}

// items reads `list --json`.
func (m *machine) items(args ...string) []map[string]any {
	m.t.Helper()
	r := m.run(append([]string{"list", "--json"}, args...)...).must(0)
	return objects(m.t, r.out)
}

// objects decodes one object a line.
func objects(t *testing.T, lines string) (all []map[string]any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader([]byte(lines)))
	for d.More() {
		var v map[string]any
		if err := d.Decode(&v); err != nil {
			t.Fatalf("%v in %s", err, lines)
		}
		all = append(all, v)
	}
	return all
}

// counts are the numbers of `status --json` that must add up.
type counts struct{ Seen, Waiting, Active, Ready, Failed, Skipped, Settling, NotTaken int64 }

// totals reads `status --json`, and fails the test unless seen is the sum of the states, by root and in all.
func (m *machine) totals(args ...string) counts {
	m.t.Helper()
	r := m.run(append([]string{"status", "--json"}, args...)...)
	if r.code != 0 && r.code != 3 {
		m.t.Fatalf("status: exit code %d: %s", r.code, r.err)
	}
	var v struct {
		Totals counts
		Roots  []counts
	}
	if err := json.Unmarshal([]byte(r.out), &v); err != nil {
		m.t.Fatalf("%v: %s%s", err, r.out, r.err)
	}
	var sum counts
	for _, c := range append(v.Roots, v.Totals) {
		if c.Seen != c.Waiting+c.Active+c.Ready+c.Failed+c.Skipped {
			m.t.Errorf("seen is not waiting + active + ready + failed + skipped: %+v", c)
		}
	}
	for _, c := range v.Roots {
		sum.Seen += c.Seen
	}
	if sum.Seen != v.Totals.Seen {
		m.t.Errorf("the roots have seen %d, the totals say %d", sum.Seen, v.Totals.Seen)
	}
	return v.Totals
}

// settled waits until so many versions were seen and none of them waits.
func (m *machine) settled(n int64, args ...string) {
	m.t.Helper()
	until(m.t, fmt.Sprintf("%d files are final", n), func() error {
		if c := m.totals(args...); c.Seen != n || c.Waiting+c.Active > 0 {
			return fmt.Errorf("%+v", c)
		}
		return nil
	})
}

// underWay waits until one upload is.
func (m *machine) underWay() {
	m.t.Helper()
	until(m.t, "the upload is under way", func() error {
		if c := m.totals(); c.Active != 1 {
			return fmt.Errorf("%+v", c)
		}
		return nil
	})
}

// seed returns the seed of a random test, printed so that a failure can be seen again.
func seed(t *testing.T) uint64 {
	t.Helper()
	n := *seedFlag
	if n == 0 {
		n = uint64(time.Now().UnixNano()) % 1_000_000
	}
	t.Logf("seed: -florasync.seed=%d", n)
	return n
}

// readAll returns the body of an answer as text.
func readAll(resp *http.Response) (string, error) {
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}
