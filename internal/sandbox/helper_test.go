package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"mime/multipart"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// client talks to a stand-in under test.
type client struct {
	t    *testing.T
	s    *Server
	http *http.Client
	key  string
}

// start opens a stand-in over an in-memory listener, stopped with the test.
func start(t *testing.T, opts Options) *client {
	t.Helper()
	setDefault(&opts.Dir, t.TempDir())
	opts.NoSync = true
	s, err := Open(opts)
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, s)
}

func serve(t *testing.T, s *Server) *client {
	t.Helper()
	m := newMemory()
	return serveOn(t, s, m, m.dial)
}

// serveOn serves s on l to a client that dials with dial, until the test ends.
func serveOn(t *testing.T, s *Server, l net.Listener, dial func(context.Context, string, string) (net.Conn, error)) *client {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l) }()
	transport := &http.Transport{DialContext: dial}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &client{t: t, s: s, http: &http.Client{Transport: transport}, key: DefaultKey}
}

// reply is an answer of the API, decoded.
type reply struct {
	status int
	header http.Header
	body   map[string]any
	raw    string
}

func (r reply) str(name string) string { s, _ := r.body[name].(string); return s }

func (r reply) code() string {
	e, _ := r.body["error"].(map[string]any)
	code, _ := e["code"].(string)
	return code
}

func (r reply) field() string {
	e, _ := r.body["error"].(map[string]any)
	fields, _ := e["fields"].([]any)
	if len(fields) == 0 {
		return ""
	}
	name, _ := fields[0].(map[string]any)["field"].(string)
	return name
}

// send does one API request; err is set where the connection broke.
func (c *client) send(method, path, body string, header ...string) (reply, error) {
	c.t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequest(method, "http://flora.localhost/api/v1"+path, r)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		if header[i+1] == "" {
			req.Header.Del(header[i])
			continue
		}
		req.Header.Set(header[i], header[i+1])
	}
	return c.do(req)
}

func (c *client) do(req *http.Request) (reply, error) {
	c.t.Helper()
	resp, err := c.http.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{}, err
	}
	out := reply{status: resp.StatusCode, header: resp.Header, raw: string(raw)}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") && bytes.HasPrefix(raw, []byte("{")) {
		if err := json.Unmarshal(raw, &out.body); err != nil {
			c.t.Fatalf("answer %q: %v", raw, err)
		}
	}
	return out, nil
}

// must is send for requests that must be answered with status.
func (c *client) must(status int, method, path, body string, header ...string) reply {
	c.t.Helper()
	r, err := c.send(method, path, body, header...)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	if r.status != status {
		c.t.Fatalf("%s %s: got %d %s, want %d", method, path, r.status, r.raw, status)
	}
	return r
}

// reserve reserves name in ws_a and returns the answer.
func (c *client) reserve(name string) reply {
	c.t.Helper()
	return c.must(http.StatusCreated, "POST", "/assets",
		`{"source":"signed-url","workspace_id":"ws_a","file_name":"`+name+`","content_type":"image/png","folder":"in"}`)
}

// upload is the target of a reservation.
type upload struct {
	url    string
	fields map[string]string
}

func (r reply) upload(t *testing.T) upload {
	t.Helper()
	u, ok := r.body["upload"].(map[string]any)
	if !ok {
		t.Fatalf("no upload in %s", r.raw)
	}
	out := upload{url: u["url"].(string), fields: map[string]string{}}
	for name, value := range u["form_fields"].(map[string]any) {
		out.fields[name] = value.(string)
	}
	return out
}

// form encodes fields and a file, and whatever the test adds after the file.
func (u upload) form(t *testing.T, content string, after ...string) (body *bytes.Buffer, contentType string) {
	t.Helper()
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	for _, name := range slices.Sorted(maps.Keys(u.fields)) {
		if err := w.WriteField(name, u.fields[name]); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", "x.png")
	if err == nil {
		_, err = io.WriteString(part, content)
	}
	for _, name := range after {
		if err == nil {
			err = w.WriteField(name, "late")
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return body, w.FormDataContentType()
}

// post sends a form; err is set where the connection broke.
func (c *client) post(u upload, content string, after ...string) (reply, error) {
	c.t.Helper()
	body, contentType := u.form(c.t, content, after...)
	req, err := http.NewRequest("POST", u.url, body)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	return c.do(req)
}

func (c *client) mustPost(status int, u upload, content string, after ...string) reply {
	c.t.Helper()
	r, err := c.post(u, content, after...)
	if err != nil {
		c.t.Fatalf("post: %v", err)
	}
	if r.status != status {
		c.t.Fatalf("post: got %d %s, want %d", r.status, r.raw, status)
	}
	return r
}

// ready takes a file through to ready and returns its asset id.
func (c *client) ready(name, content string) string {
	c.t.Helper()
	r := c.reserve(name)
	got, err := c.post(r.upload(c.t), content)
	if err != nil || got.status >= 300 {
		c.t.Fatalf("post: %v %+v", err, got)
	}
	c.must(http.StatusOK, "POST", "/assets/"+r.str("asset_id")+"/complete", "{}")
	return r.str("asset_id")
}

// get fetches an absolute URL without a key.
func (c *client) get(url string) reply {
	c.t.Helper()
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	r, err := c.do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

// rules are the names of the rules broken so far.
func (c *client) rules() []string {
	rules := []string{}
	for _, v := range c.s.Violations() {
		rules = append(rules, v.Rule)
	}
	return rules
}

func (c *client) wantRules(want ...string) {
	c.t.Helper()
	if got := c.rules(); !slices.Equal(got, want) {
		c.t.Errorf("got violations %v, want %v", c.s.Violations(), want)
	}
}
