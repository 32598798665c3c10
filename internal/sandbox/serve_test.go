package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

func TestListenLoopbackOnly(t *testing.T) {
	for _, bad := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "[::]:0", "example.com:0", "127.0.0.1"} {
		if l, err := Listen(bad); err == nil {
			l.Close()
			t.Errorf("%s was taken", bad)
		}
	}
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if got := BaseURL(l); !strings.HasPrefix(got, "http://127.0.0.1:") || !strings.HasSuffix(got, "/api/v1") {
		t.Errorf("got %s", got)
	}
	l.Close()
	open, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(Options{Dir: t.TempDir(), NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Serve(t.Context(), open); err == nil {
		t.Error("served an open listener")
	}
}

func TestLoopbackHostsOnly(t *testing.T) {
	c := start(t, Options{})
	for host, want := range map[string]int{
		"127.0.0.1:8787": 200, "localhost": 200, "LOCALHOST:1": 200, "flora.localhost": 200, "[::1]:8787": 200, "127.1.2.3": 200,
		"evil.example": 421, "localhost.evil.example": 421, "192.168.0.1": 421, "0.0.0.0:8787": 421,
	} {
		req, err := http.NewRequest("GET", "http://flora.localhost/sandbox/violations", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		r, err := c.do(req)
		if err != nil || r.status != want {
			t.Errorf("%s: got %d %v, want %d", host, r.status, err, want)
		}
	}
}

// tcp serves dir on real sockets and returns a client of it and what stops it.
func tcp(t *testing.T, opts Options) (c *client, base string, stop func()) {
	t.Helper()
	s, err := Open(opts)
	if err != nil {
		t.Fatal(err)
	}
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	c = &client{t: t, s: s, http: &http.Client{Transport: &http.Transport{}}, key: DefaultKey}
	return c, BaseURL(l), func() {
		c.http.CloseIdleConnections()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := errors.Join(s.Close(), s.Close()); err != nil {
			t.Error(err)
		}
	}
}

func (c *client) reserveAt(base string) upload {
	c.t.Helper()
	req, err := http.NewRequest("POST", base+"/assets", strings.NewReader(reservation))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	req.Header.Set("Content-Type", "application/json")
	r, err := c.do(req)
	if err != nil || r.status != 201 {
		c.t.Fatalf("got %v %+v", err, r)
	}
	return r.upload(c.t)
}

func TestStorageHasAHostOfItsOwn(t *testing.T) {
	opts := Options{Dir: t.TempDir(), NoSync: true}
	c, base, stop := tcp(t, opts)
	u := c.reserveAt(base)
	api, _ := url.Parse(base)
	target, _ := url.Parse(u.url)
	if target.Host == api.Host || !loopbackHost(target.Host) {
		t.Errorf("API at %s, storage at %s", api.Host, target.Host)
	}
	if r := c.get("http://" + target.Host + "/api/v1/assets"); r.status != 404 {
		t.Errorf("the storage serves the API: %+v", r)
	}
	stop()

	c, base, stop = tcp(t, opts)
	defer stop()
	c.get(strings.TrimSuffix(base, "/api/v1") + "/") // answered: both listeners are served
	// A form of the former life still leads to the storage.
	c.mustPost(204, u, "x")
}

func TestPages(t *testing.T) {
	c := start(t, Options{})
	name := `<script>alert(1)<\/script>.png`
	c.ready(name, "x")
	c.must(400, "POST", "/assets", "{")
	r := c.get("http://flora.localhost/")
	if strings.Contains(r.raw, "<script>") || !strings.Contains(r.raw, "&lt;script&gt;") {
		t.Errorf("not escaped: %s", r.raw)
	}
	if !strings.Contains(r.header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("got %v", r.header)
	}
	if r := c.get("http://flora.localhost/sandbox/assets"); !strings.Contains(r.raw, `"sha256":"`) || !strings.Contains(r.raw, `"nodes":[]`) {
		t.Errorf("got %s", r.raw)
	}
	if r := c.get("http://flora.localhost/sandbox/violations"); !strings.Contains(r.raw, `"rule":"`+Malformed+`"`) {
		t.Errorf("got %s", r.raw)
	}
	if r := c.get("http://flora.localhost/none"); r.status != 404 {
		t.Errorf("got %+v", r)
	}
}

func TestManyAtOnce(t *testing.T) {
	c, base, stop := tcp(t, Options{Dir: t.TempDir(), NoSync: true})
	defer stop()
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 25 {
				u := c.reserveAt(base)
				body, contentType := u.form(t, fmt.Sprintf("%d.%d", w, i))
				resp, err := c.http.Post(u.url, contentType, body)
				if err != nil {
					t.Error(err)
					return
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		})
	}
	wg.Wait()
	sums := map[string]bool{}
	for _, a := range c.s.Assets() {
		sums[a.SHA256] = true
	}
	if len(sums) != 200 {
		t.Errorf("got %d different files, want 200", len(sums))
	}
	c.wantRules()
}

func TestDirectUpload(t *testing.T) {
	c := start(t, Options{})
	direct := func(status int, content string, fields map[string]string) reply {
		t.Helper()
		body, contentType := upload{fields: fields}.form(t, content)
		req, err := http.NewRequest("POST", "http://flora.localhost/api/v1/assets", body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("Authorization", "Bearer "+c.key)
		req.Header.Set("Idempotency-Key", content[:1])
		r, err := c.do(req)
		if err != nil || r.status != status {
			t.Fatalf("got %v %+v, want %d", err, r, status)
		}
		return r
	}
	r := direct(201, "bytes", map[string]string{"workspace_id": "ws_a", "file_name": "d.png", "content_type": "image/png"})
	if r.str("status") != Ready || r.str("uploaded_via") != "direct" {
		t.Errorf("got %s", r.raw)
	}
	if got := c.get(r.str("url")); got.raw != "bytes" {
		t.Errorf("got %q", got.raw)
	}
	direct(409, "bytes", map[string]string{"workspace_id": "ws_a", "file_name": "d.png", "content_type": "image/png"})
	direct(400, "x", map[string]string{"workspace_id": "a"})
	direct(413, strings.Repeat("y", DirectLimit+1), map[string]string{"workspace_id": "ws_a"})
	if n := len(c.s.Assets()); n != 1 {
		t.Errorf("got %d assets", n)
	}
}

func newHTTP(m *memory) *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: m.dial}}
}

func TestTwoListenersInMemory(t *testing.T) {
	api, storage := newMemory(), newMemory()
	s, err := Open(Options{
		Dir: t.TempDir(), NoSync: true, StorageListener: storage,
		URL: "http://flora.localhost", StorageURL: "http://storage.localhost",
	})
	if err != nil {
		t.Fatal(err)
	}
	c := serveOn(t, s, api, func(ctx context.Context, network, addr string) (net.Conn, error) {
		if strings.HasPrefix(addr, "storage.") {
			return storage.dial(ctx, network, addr)
		}
		return api.dial(ctx, network, addr)
	})
	r := c.reserve("a.png")
	u := r.upload(t)
	if !strings.HasPrefix(u.url, "http://storage.localhost/") || !strings.HasPrefix(r.str("url"), "http://storage.localhost/") {
		t.Errorf("got %s", r.raw)
	}
	c.mustPost(204, u, "x")
	if got := c.get("http://storage.localhost/api/v1/assets"); got.status != 404 {
		t.Errorf("got %+v", got)
	}
}
