package flora

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testKey = "sk_live_MARKERKEY0123456789"
	wsID    = "ws_1"
	assetID = "asset_1"
)

func staticKey(key string) KeySource { return func() (string, error) { return key, nil } }

// newTestClient makes a client of the API at base, which must be on loopback.
func newTestClient(t testing.TB, base string, change ...func(*Options)) *Client {
	t.Helper()
	u, err := ParseBaseURL(base)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{BaseURL: u, Key: staticKey(testKey), Version: "test", Timeout: 20 * time.Second}
	for _, f := range change {
		f(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// seen is a request as a server took it.
type seen struct {
	Method, URI, Host string
	Header            http.Header
	Length            int64
	Encoding          []string
	Body              []byte
}

// recorder is a server that keeps its requests and answers each with handle.
type recorder struct {
	*httptest.Server
	mu   sync.Mutex
	reqs []seen
}

func record(t *testing.T, handle http.HandlerFunc) *recorder {
	t.Helper()
	r := &recorder{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.mu.Lock()
		r.reqs = append(r.reqs, seen{q.Method, q.RequestURI, q.Host, q.Header.Clone(), q.ContentLength, q.TransferEncoding, body})
		r.mu.Unlock()
		handle(w, q)
	}))
	t.Cleanup(r.Server.Close)
	return r
}

func (r *recorder) all() []seen {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]seen(nil), r.reqs...)
}

// says answers with a status and a JSON body.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("request-id", "req_7")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// formFor reads a form as a reservation would give it.
func formFor(t testing.TB, target string, fields string) Form {
	t.Helper()
	o, ok := parseObject(fmt.Appendf(nil, `{"upload":{"url":%q,"form_fields":%s}}`, target, fields))
	if !ok {
		t.Fatalf("bad fields %s", fields)
	}
	f, what := readForm(o, Meta{})
	if what != "" {
		t.Fatal(what)
	}
	return f
}

func fileOf(s string) File {
	return File{Name: "a.png", ContentType: "image/png", Size: int64(len(s)), Body: strings.NewReader(s)}
}

func TestLifeOfAnAsset(t *testing.T) {
	storage := record(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	api := record(t, func(w http.ResponseWriter, q *http.Request) {
		form := fmt.Sprintf(`"upload":{"url":%q,"method":"POST","content_type":"multipart/form-data","file_field":"file","form_fields":{"key":"k","policy":"p"}}`, storage.URL+"/bucket")
		switch q.Method + " " + q.URL.Path {
		case "POST /api/v1/assets", "POST /api/v1/assets/asset_1/retry":
			says(201, `{"asset_id":"asset_1","status":"pending_upload",`+form+`}`)(w, q)
		case "POST /api/v1/assets/asset_1/complete", "GET /api/v1/assets/asset_1":
			says(200, `{"asset_id":"asset_1","status":"ready","url":"https://x/y","size_bytes":5}`)(w, q)
		case "GET /api/v1/assets":
			says(200, `{"assets":[{"asset_id":"asset_1"},{"asset_id":null},3],"meta":{"next_cursor":"2"}}`)(w, q)
		case "POST /api/v1/projects/prj_1/assets/asset_1/attach":
			says(200, `{"asset_id":"asset_1","project_id":"prj_1","node_id":"n","canvas_url":"c"}`)(w, q)
		default:
			says(404, `{"error":{"code":"not_found","message":"no"}}`)(w, q)
		}
	})
	c := newTestClient(t, api.URL+"/api/v1/")
	ctx := t.Context()
	r, err := c.Reserve(ctx, ReserveRequest{WorkspaceID: wsID, FileName: "a.png", ContentType: "image/png"}, "key-1")
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := c.Upload(ctx, r.Form, fileOf("hello"))
	if err != nil || !receipt.WholeBody || receipt.FileBytes != 5 || receipt.Meta.Status != 204 {
		t.Fatalf("upload: %+v, %v", receipt, err)
	}
	if a, m, err := c.Complete(ctx, assetID, "key-2"); err != nil || a.Status != StatusReady || a.SizeBytes != 5 || m.RequestID != "req_7" {
		t.Fatalf("complete: %+v %+v %v", a, m, err)
	}
	if a, _, err := c.Retrieve(ctx, assetID); err != nil || a.Status != StatusReady {
		t.Fatalf("retrieve: %+v %v", a, err)
	}
	if p, err := c.List(ctx, ListQuery{WorkspaceID: wsID}); err != nil || len(p.Assets) != 2 || p.Skipped != 1 || p.Next != "2" {
		t.Fatalf("list: %+v %v", p, err)
	}
	if r, err := c.Retry(ctx, assetID, "key-3"); err != nil || r.Form.IsZero() {
		t.Fatalf("retry: %+v %v", r, err)
	}
	if at, err := c.Attach(ctx, "prj_1", assetID, "key-4"); err != nil || at.NodeID != "n" || at.CanvasURL != "c" {
		t.Fatalf("attach: %+v %v", at, err)
	}
	if _, err := c.Probe(ctx); err != nil {
		t.Fatalf("probe: %v", err)
	}
	checkHeaders(t, api.all(), storage.all())
}

func checkHeaders(t *testing.T, api, storage []seen) {
	t.Helper()
	for _, q := range api {
		if got := q.Header.Get("Authorization"); got != "Bearer "+testKey {
			t.Errorf("%s %s: Authorization %q", q.Method, q.URI, got)
		}
		if got := q.Header.Get("User-Agent"); got != "florasync/test" {
			t.Errorf("User-Agent %q", got)
		}
		if q.Method != http.MethodPost {
			continue
		}
		if q.Header.Get("Content-Type") != "application/json" || q.Header.Get("Idempotency-Key") == "" || !bytes.HasPrefix(q.Body, []byte("{")) {
			t.Errorf("%s: headers %v, body %q", q.URI, q.Header, q.Body)
		}
	}
	for _, q := range storage {
		for name, values := range q.Header {
			if strings.Contains(strings.Join(values, " "), testKey) {
				t.Errorf("storage saw the key in %s", name)
			}
		}
		if q.Header.Get("Authorization") != "" || bytes.Contains(q.Body, []byte(testKey)) {
			t.Error("storage saw the key")
		}
	}
}
