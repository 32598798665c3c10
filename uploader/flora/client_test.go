package flora

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestParseBaseURL(t *testing.T) {
	for in, want := range map[string]string{
		"https://app.flora.ai/api/v1": "https://app.flora.ai/api/v1", " https://app.flora.ai/api/v1/ ": "https://app.flora.ai/api/v1",
		"http://127.0.0.1:8787/api/v1": "http://127.0.0.1:8787/api/v1", "http://localhost:1": "http://localhost:1", "http://[::1]:1/": "http://[::1]:1",
		"http://app.flora.ai/api/v1": "", "http://localhost.evil.example": "", "http://127.0.0.1.evil.example": "", "app.flora.ai": "", "": "",
		"https://": "", "https:///x": "", "https://u@h/x": "", "https://h/x?a=b": "", "https://h/x#a": "", "file:///x": "",
	} {
		u, err := ParseBaseURL(in)
		if (err == nil) != (want != "") || err == nil && u.String() != want {
			t.Errorf("%q: got %v, %v", in, u, err)
		}
	}
}

func TestPathsAndQueries(t *testing.T) {
	server := record(t, says(200, `{"assets":[],"meta":null}`))
	c := newTestClient(t, server.URL+"/a%2Fb/v1")
	q := ListQuery{WorkspaceID: wsID, ProjectID: "prj_1", Search: "a b&c", Cursor: "x/+=", Limit: 500}
	if _, err := c.List(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	_, _, _ = c.Retrieve(t.Context(), "asset_a.b-c")
	got := server.all()
	if want := "/a%2Fb/v1/assets?cursor=x%2F%2B%3D&limit=100&project_id=prj_1&query=a+b%26c&workspace_id=ws_1"; got[0].URI != want {
		t.Errorf("got %s, want %s", got[0].URI, want)
	}
	if want := "/a%2Fb/v1/assets/asset_a.b-c"; got[1].URI != want {
		t.Errorf("got %s, want %s", got[1].URI, want)
	}
}

func TestRequestBodies(t *testing.T) {
	server := record(t, says(200, `{"asset_id":"asset_1","status":"ready"}`))
	c := newTestClient(t, server.URL)
	for _, err := range []error{
		func() error {
			_, err := c.Reserve(t.Context(), ReserveRequest{WorkspaceID: wsID, FileName: "a.png", ContentType: "image/png", Folder: "f"}, "k")
			return err
		}(),
		func() error { _, err := c.Reserve(t.Context(), ReserveRequest{WorkspaceID: wsID}, "k"); return err }(),
		func() error {
			_, err := c.CreateFromURL(t.Context(), CreateRequest{URL: "https://m.example/a.png", WorkspaceID: wsID}, "k")
			return err
		}(),
		func() error { _, _, err := c.Complete(t.Context(), assetID, "k"); return err }(),
		func() error { _, err := c.Retry(t.Context(), assetID, "k"); return err }(),
		func() error { _, err := c.Attach(t.Context(), "prj_1", assetID, "k"); return err }(),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	for i, want := range []string{
		`{"source":"signed-url","workspace_id":"ws_1","file_name":"a.png","content_type":"image/png","folder":"f"}`,
		`{"source":"signed-url","workspace_id":"ws_1"}`,
		`{"source":"https://m.example/a.png","workspace_id":"ws_1"}`, `{}`, `{}`, `{}`,
	} {
		q := server.all()[i]
		if string(q.Body) != want || q.Header.Get("Content-Type") != "application/json" || q.Header.Get("Idempotency-Key") != "k" {
			t.Errorf("%s: %s %v, want %s", q.URI, q.Body, q.Header, want)
		}
	}
}

func TestKeyIsAskedEachTime(t *testing.T) {
	server := record(t, says(404, `{"error":{"code":"not_found"}}`))
	keys := []string{"sk_live_first00\n", "sk_live_second0"}
	n := 0
	c := newTestClient(t, server.URL, func(o *Options) {
		o.Key = func() (string, error) { n++; return keys[n-1], nil }
	})
	for range keys {
		if _, err := c.Probe(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.WithKey(staticKey("sk_live_third00")).Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"Bearer sk_live_first00", "Bearer sk_live_second0", "Bearer sk_live_third00"} {
		if got := server.all()[i].Header.Get("Authorization"); got != want {
			t.Errorf("request %d: %q", i, got)
		}
	}
	gone := errors.New("file is gone")
	for _, tc := range []struct {
		key  KeySource
		want error
	}{{staticKey(" \n"), ErrNoKey}, {func() (string, error) { return "", gone }, gone}} {
		if _, err := c.WithKey(tc.key).Probe(t.Context()); !errors.Is(err, tc.want) {
			t.Errorf("got %v, want %v", err, tc.want)
		}
	}
	if len(server.all()) != 3 {
		t.Error("a request without a key was sent")
	}
}

func TestProbe(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		body   string
		well   bool
	}{
		"Well":       {404, `{"error":{"code":"not_found","message":"no such asset"}}`, true},
		"OtherPlace": {404, `<html>nginx</html>`, false},
		"Key":        {401, `{"error":{"code":"invalid_api_key"}}`, false},
		"Down":       {503, ``, false},
		"Found":      {200, `{"asset_id":"asset_1","status":"ready"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := newTestClient(t, record(t, says(tc.status, tc.body)).URL).Probe(t.Context())
			if (err == nil) != tc.well || m.Status != tc.status || m.Date.IsZero() {
				t.Errorf("%+v, %v", m, err)
			}
		})
	}
}

func TestObserver(t *testing.T) {
	var got []Exchange
	storage := record(t, says(400, gcs("EntityTooLarge", "x", "")))
	server := record(t, says(429, `{"error":{"code":"rate_limited"}}`))
	c := newTestClient(t, server.URL, func(o *Options) { o.Observe = func(x Exchange) { got = append(got, x) } })
	_, _, first := c.Complete(t.Context(), assetID, "k")
	_, second := c.Upload(t.Context(), formFor(t, storage.URL, `{}`), fileOf("hello"))
	if len(got) != 2 {
		t.Fatalf("%d exchanges", len(got))
	}
	a, b := got[0], got[1]
	if a.Op != OpComplete || a.Status != 429 || a.Code != "rate_limited" || a.RequestID != "req_7" || a.Sent != 2 || a.Err != first || a.Date.IsZero() {
		t.Errorf("got %+v", a)
	}
	if b.Op != OpUpload || b.Status != 400 || b.Code != "EntityTooLarge" || b.Sent != 5 || b.Err != second || "http://"+b.Host != storage.URL {
		t.Errorf("got %+v", b)
	}
}

func TestDownload(t *testing.T) {
	data := bytes.Repeat([]byte("x"), 100_000)
	direct := record(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) })
	moved := record(t, func(w http.ResponseWriter, q *http.Request) {
		http.Redirect(w, q, direct.URL+"/real", http.StatusFound)
	})
	var loop *recorder
	loop = record(t, func(w http.ResponseWriter, q *http.Request) { http.Redirect(w, q, loop.URL, http.StatusFound) })
	c := newTestClient(t, direct.URL)
	for name, tc := range map[string]struct {
		url    string
		expect int64
		want   int64
	}{
		"Same": {direct.URL, 100_000, 100_000}, "Longer": {direct.URL, 70_000, 70_001}, "Shorter": {direct.URL, 200_000, 100_000}, "Moved": {moved.URL + "/a?sig=x", 100_000, 100_000},
	} {
		var b bytes.Buffer
		n, err := c.Download(t.Context(), tc.url, tc.expect, &b)
		if err != nil || n != tc.want || int64(b.Len()) != n {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
	if _, err := c.Download(t.Context(), loop.URL, 1, io.Discard); err == nil {
		t.Error("a loop ended well")
	}
	full := errors.New("full")
	_, err := c.Download(t.Context(), direct.URL, 100_000, writerFunc(func([]byte) (int, error) { return 0, full }))
	var e *ReadError
	if !errors.As(err, &e) || !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	for _, q := range append(direct.all(), moved.all()...) {
		if q.Header.Get("Authorization") != "" || q.Header.Get("Referer") != "" {
			t.Errorf("headers %v", q.Header)
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(says(404, `{"error":{"code":"not_found"}}`))
	server.EnableHTTP2 = true
	server.Config.ErrorLog = nil
	server.StartTLS()
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	known := x509.NewCertPool()
	known.AddCert(server.Certificate())
	for name, tc := range map[string]struct {
		roots *x509.CertPool
		well  bool
	}{"Known": {known, true}, "Unknown": {x509.NewCertPool(), false}} {
		c := newTestClient(t, u.String(), func(o *Options) { o.RootCAs = tc.roots })
		_, err := c.Probe(t.Context())
		var e *TransportError
		if tc.well && err != nil || !tc.well && (!errors.As(err, &e) || e.Phase != PhaseTLS || e.Timeout) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCanceledRequest(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	drain := errors.New("draining")
	server := record(t, func(_ http.ResponseWriter, q *http.Request) {
		cancel(drain)
		<-q.Context().Done()
	})
	_, _, err := newTestClient(t, server.URL).Retrieve(ctx, assetID)
	var e *TransportError
	if !errors.As(err, &e) || e.Timeout || !errors.Is(err, context.Canceled) || !errors.Is(err, drain) || strings.Contains(err.Error(), "/assets") {
		t.Errorf("got %v", err)
	}
}
