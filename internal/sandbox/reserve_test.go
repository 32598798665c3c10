package sandbox

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestAuthorization(t *testing.T) {
	c := start(t, Options{Key: "sk_one", OtherKeys: []string{"sk_two"}})
	for _, test := range []struct {
		name, header, code string
		status             int
	}{
		{"Missing", "", "unauthorized", 401},
		{"NotBearer", "Basic c2tfb25l", "unauthorized", 401},
		{"WrongKey", "Bearer sk_none", "invalid_api_key", 401},
		{"Key", "Bearer sk_one", "", 200},
		{"OtherKey", "bearer sk_two", "", 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			c.t = t
			r := c.must(test.status, "GET", "/assets?workspace_id=ws_a", "", "Authorization", test.header)
			if r.code() != test.code {
				t.Errorf("got %q, want %q", r.code(), test.code)
			}
			if !strings.HasPrefix(r.header.Get("request-id"), "req_") {
				t.Errorf("no request-id: %v", r.header)
			}
		})
	}
	t.Run("RotationIsAtOnce", func(t *testing.T) {
		c.t = t
		c.s.SetKey("sk_new")
		c.must(401, "GET", "/assets", "", "Authorization", "Bearer sk_one")
		c.must(200, "GET", "/assets", "", "Authorization", "Bearer sk_new")
	})
}

func TestCreateValidates(t *testing.T) {
	c := start(t, Options{CheckTypes: true})
	for _, test := range []struct {
		name, body, code, field string
	}{
		{"NoSource", `{"workspace_id":"ws_a"}`, "input_validation_error", "source"},
		{"SourceIsAnObject", `{"source":{"url":"https://x"},"workspace_id":"ws_a"}`, "input_validation_error", "source"},
		{"SourceIsANumber", `{"source":7,"workspace_id":"ws_a"}`, "input_validation_error", "source"},
		{"SourceIsAPath", `{"source":"/tmp/x.png","workspace_id":"ws_a"}`, "input_validation_error", "source"},
		{"SourceIsAPlaceholder", `{"source":"upload","workspace_id":"ws_a"}`, "input_validation_error", "source"},
		{"SourceIsData", `{"source":"data:image/png;base64,AA","workspace_id":"ws_a"}`, "input_validation_error", "source"},
		{"SourceIsPlainHTTP", `{"source":"http://media.flora.ai/x.png","workspace_id":"ws_a"}`, "input_validation_error", "source"},
		{"SourceHostNotAllowlisted", `{"source":"https://example.com/x.png","workspace_id":"ws_a"}`, "input_validation_error", "source"},
		{"NoWorkspace", `{"source":"signed-url"}`, "input_validation_error", "workspace_id"},
		{"WorkspacePrefix", `{"source":"signed-url","workspace_id":"team"}`, "input_validation_error", "workspace_id"},
		{"WorkspaceOnlyPrefix", `{"source":"signed-url","workspace_id":"ws_"}`, "input_validation_error", "workspace_id"},
		{"ProjectPrefix", `{"source":"signed-url","workspace_id":"ws_a","project_id":"p"}`, "input_validation_error", "project_id"},
		{"Type", `{"source":"signed-url","workspace_id":"ws_a","content_type":"text/html"}`, "input_validation_error", "content_type"},
		{"NotJSON", `{"source":`, "invalid_json", ""},
		{"AnArray", `[]`, "invalid_json", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c.t = t
			r := c.must(http.StatusBadRequest, "POST", "/assets", test.body)
			if r.code() != test.code || r.field() != test.field {
				t.Errorf("got %q %q, want %q %q: %s", r.code(), r.field(), test.code, test.field, r.raw)
			}
		})
	}
	c.t = t
	if n := len(c.s.Assets()); n != 0 {
		t.Errorf("%d assets came of refused requests", n)
	}
	c.wantRules(Malformed, Malformed) // NotJSON and AnArray alone
}

func TestUnknownRouteIsNotFound(t *testing.T) {
	c := start(t, Options{})
	for _, route := range []string{"GET /nothing", "DELETE /assets/asset_x", "PUT /assets"} {
		method, path, _ := strings.Cut(route, " ")
		if r := c.must(http.StatusNotFound, method, path, ""); r.code() != "not_found" {
			t.Errorf("%s: %s", route, r.raw)
		}
	}
	c.wantRules(Malformed, Malformed, Malformed)
}

func TestReservationSpellings(t *testing.T) {
	t.Run("Reference", func(t *testing.T) {
		c := start(t, Options{ReserveStatus: 200})
		r := c.must(200, "POST", "/assets", `{"source":"signed-url","workspace_id":"ws_a"}`)
		u := r.body["upload"].(map[string]any)
		if u["method"] != "POST" || u["content_type"] != "multipart/form-data" || u["file_field"] != "file" ||
			u["url"] != r.str("upload_url") || r.str("expires_at") == "" {
			t.Errorf("got %s", r.raw)
		}
	})
	t.Run("Guide", func(t *testing.T) {
		c := start(t, Options{CamelForm: true})
		r := c.reserve("a.png")
		u := r.body["upload"].(map[string]any)
		if fields, ok := u["formFields"].(map[string]any); !ok || len(fields) == 0 || u["fileField"] != "file" || len(u) != 3 {
			t.Errorf("got %s", r.raw)
		}
		if _, has := r.body["expires_at"]; has {
			t.Errorf("the guide's answer has no expires_at: %s", r.raw)
		}
	})
	for kind, names := range map[string]string{
		GCS:      "Content-Type key policy x-goog-algorithm x-goog-credential x-goog-date x-goog-signature",
		ImageKit: "expire fileName folder publicKey signature token",
	} {
		t.Run(kind, func(t *testing.T) {
			c := start(t, Options{Storage: kind})
			fields := c.reserve("ü b.png").upload(t).fields
			for name := range strings.SplitSeq(names, " ") {
				if fields[name] == "" {
					t.Errorf("no %s in %v", name, fields)
				}
			}
			if n := len(strings.Fields(names)); len(fields) != n {
				t.Errorf("got %d fields, want %d: %v", len(fields), n, fields)
			}
			if kind == ImageKit && fields["fileName"] != "__b.png" {
				t.Errorf("name not rewritten: %q", fields["fileName"])
			}
		})
	}
}

func TestProjectOfAReservationGetsANode(t *testing.T) {
	c := start(t, Options{})
	c.must(201, "POST", "/assets", `{"source":"signed-url","workspace_id":"ws_a","project_id":"prj_p"}`)
	a := c.s.Assets()[0]
	if len(a.Nodes) != 1 || a.Projects[0] != "prj_p" {
		t.Errorf("got %+v", a)
	}
}

func TestSourceURL(t *testing.T) {
	sources := map[string]http.Handler{"cdn.example": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/pic.png":
			w.Header().Set("Content-Type", "image/png")
			w.Write([]byte("picture"))
		case "/huge.png":
			for range FetchLimit/(1<<20) + 1 {
				if _, err := w.Write(make([]byte, 1<<20)); err != nil {
					return
				}
			}
		default:
			http.NotFound(w, r)
		}
	})}
	create := func(c *client, source string) reply {
		return c.must(201, "POST", "/assets", `{"source":"`+source+`","workspace_id":"ws_a"}`)
	}
	t.Run("ReadyAtOnce", func(t *testing.T) {
		c := start(t, Options{Sources: sources})
		r := create(c, "https://cdn.example/pic.png")
		if r.str("status") != Ready || r.str("uploaded_via") != "url" {
			t.Fatalf("got %s", r.raw)
		}
		got := c.must(200, "GET", "/assets/"+r.str("asset_id"), "")
		if got.str("name") != "pic.png" || got.str("content_type") != "image/png" || got.body["size_bytes"] != 7.0 {
			t.Errorf("got %s", got.raw)
		}
		if b := c.get(got.str("url")); b.raw != "picture" {
			t.Errorf("got %q", b.raw)
		}
	})
	t.Run("SourceMissingFails", func(t *testing.T) {
		c := start(t, Options{Sources: sources})
		r := create(c, "https://cdn.example/none.png")
		if r.str("status") != Failed || !strings.Contains(r.str("failure_message"), "404") {
			t.Errorf("got %s", r.raw)
		}
		c.must(409, "POST", "/assets/"+r.str("asset_id")+"/retry", "{}")
	})
	t.Run("SourceTooLargeFails", func(t *testing.T) {
		c := start(t, Options{Sources: sources})
		if r := create(c, "https://cdn.example/huge.png"); r.str("status") != Failed {
			t.Errorf("got %s", r.raw)
		}
	})
	t.Run("OwnHostMayBePlainHTTP", func(t *testing.T) {
		c := start(t, Options{})
		if r := create(c, "http://flora.localhost/sandbox/media/a.png"); r.str("status") != Ready {
			t.Errorf("got %s", r.raw)
		}
	})
	t.Run("GuideExample", func(t *testing.T) {
		c := start(t, Options{})
		r := create(c, "https://media.flora.ai/example.png")
		if b := c.get(r.str("url")); !strings.HasPrefix(b.raw, "\x89PNG") {
			t.Errorf("got %q", b.raw)
		}
	})
}

func TestErrorBodyShape(t *testing.T) {
	c := start(t, Options{})
	r := c.must(400, "POST", "/assets", `{"source":"signed-url"}`)
	var body struct {
		Error struct {
			Code, Message string
			Fields        []struct{ Field, Message string }
		}
	}
	if err := json.Unmarshal([]byte(r.raw), &body); err != nil {
		t.Fatal(err)
	}
	e := body.Error
	if e.Code != "input_validation_error" || e.Message == "" || len(e.Fields) != 1 || e.Fields[0].Message == "" {
		t.Errorf("got %s", r.raw)
	}
}
