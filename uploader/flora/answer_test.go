package flora

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestReservationSpellings(t *testing.T) {
	const fields = `{"b":"2","a":"1"}`
	for name, tc := range map[string]struct {
		body, host, field string
		n                 int
	}{
		"Reference": {`{"asset_id":"asset_1","status":"pending_upload","upload":{"url":"https://s.example/x","method":"POST","content_type":"multipart/form-data","file_field":"f","form_fields":` + fields + `}}`, "s.example", "f", 2},
		"Guide":     {`{"asset_id":"asset_1","url":"https://u","status":"pending_upload","upload":{"url":"https://s.example/x","formFields":` + fields + `,"fileField":"f"}}`, "s.example", "f", 2},
		"Both":      {`{"asset_id":"asset_1","status":"pending_upload","upload":{"url":"https://s.example/x","formFields":{"z":"z"},"form_fields":` + fields + `,"fileField":"g","file_field":"f"}}`, "s.example", "f", 2},
		"UploadURL": {`{"asset_id":"asset_1","status":"pending_upload","upload_url":"https://s.example/x","upload":{"url":null,"form_fields":` + fields + `}}`, "s.example", "file", 2},
		"OnlyURL":   {`{"asset_id":"asset_1","status":"pending_upload","upload_url":"https://s.example/x"}`, "s.example", "file", 0},
		"Nulls":     {`{"asset_id":"asset_1","status":"pending_upload","expires_at":null,"uploaded_via":null,"upload":{"url":"https://s.example/x","method":null,"content_type":null,"file_field":null,"form_fields":{"a":null,"expire":1700000000,"flag":true}}}`, "s.example", "file", 2},
		"NewStatus": {`{"asset_id":"asset_1","status":"awaiting_bytes","upload":{"url":"https://s.example/x"}}`, "s.example", "file", 0},
		"Replayed":  {`{"asset_id":"asset_1","status":"ready","url":"https://u"}`, "", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			for _, status := range []int{200, 201} {
				c := newTestClient(t, record(t, says(status, tc.body)).URL)
				r, err := c.Reserve(t.Context(), ReserveRequest{WorkspaceID: wsID}, "k")
				if err != nil || r.Asset.ID != assetID || r.Form.Host() != tc.host {
					t.Fatalf("%+v, %v", r, err)
				}
				if r.Form.IsZero() {
					continue
				}
				if r.Form.data().fileField != tc.field || len(r.Form.data().fields) != tc.n {
					t.Errorf("file field %q, fields %v", r.Form.data().fileField, r.Form.data().fields)
				}
				if r.Form.Expired(time.Now().Add(1000 * time.Hour)) {
					t.Error("expired without expires_at")
				}
			}
		})
	}
}

func TestMalformedAnswers(t *testing.T) {
	reserve := func(c *Client) error {
		_, err := c.Reserve(t.Context(), ReserveRequest{WorkspaceID: wsID}, "k")
		return err
	}
	retrieve := func(c *Client) error { _, _, err := c.Retrieve(t.Context(), assetID); return err }
	complete := func(c *Client) error { _, _, err := c.Complete(t.Context(), assetID, "k"); return err }
	list := func(c *Client) error {
		_, err := c.List(t.Context(), ListQuery{WorkspaceID: wsID, Cursor: "7"})
		return err
	}
	attach := func(c *Client) error { _, err := c.Attach(t.Context(), "prj_1", assetID, "k"); return err }
	pending := `{"asset_id":"asset_1","status":"pending_upload"`
	for name, tc := range map[string]struct {
		call func(*Client) error
		body string
		what string
	}{
		"NotJSON":         {reserve, "<html>hello</html>", "not a JSON object"},
		"Empty":           {reserve, "", "not a JSON object"},
		"Null":            {retrieve, "null", "not a JSON object"},
		"Array":           {retrieve, "[]", "not a JSON object"},
		"TwoDocuments":    {retrieve, `{"asset_id":"asset_1","status":"ready"}{}`, "not a JSON object"},
		"Huge":            {retrieve, `{"a":"` + strings.Repeat("x", maxAssetAnswer) + `"}`, "more than 1048576 bytes"},
		"HugeList":        {list, `{"a":"` + strings.Repeat("x", maxListAnswer) + `"}`, "more than 8388608 bytes"},
		"NoID":            {reserve, `{"status":"pending_upload","upload_url":"https://x/y"}`, "asset_id"},
		"NullID":          {reserve, `{"asset_id":null,"status":"pending_upload","upload_url":"https://x/y"}`, "asset_id"},
		"OddID":           {reserve, `{"asset_id":"../../x","status":"pending_upload","upload_url":"https://x/y"}`, "asset_id"},
		"OtherID":         {retrieve, `{"asset_id":"asset_2","status":"ready"}`, "asset_id is another asset's"},
		"NoStatus":        {complete, `{"asset_id":"asset_1"}`, "status"},
		"NoForm":          {reserve, pending + `}`, "upload"},
		"UploadIsText":    {reserve, pending + `,"upload":"https://x/y"}`, "upload"},
		"URLIsNone":       {reserve, pending + `,"upload":{"url":"ftp://x/y"}}`, "upload.url is not an http(s) URL"},
		"MethodPut":       {reserve, pending + `,"upload":{"url":"https://x/y","method":"PUT"}}`, "upload.method is not POST"},
		"NotMultipart":    {reserve, pending + `,"upload":{"url":"https://x/y","content_type":"text/plain"}}`, "upload.content_type is not multipart/form-data"},
		"FieldsList":      {reserve, pending + `,"upload":{"url":"https://x/y","form_fields":[1]}}`, "upload.form_fields is not an object"},
		"FieldsNested":    {reserve, pending + `,"upload":{"url":"https://x/y","form_fields":{"a":{}}}}`, "upload.form_fields holds a value that is not text"},
		"NoAssets":        {list, `{"meta":{}}`, "assets"},
		"NullAssets":      {list, `{"assets":null}`, "assets"},
		"CursorStands":    {list, `{"assets":[],"meta":{"next_cursor":7}}`, "meta.next_cursor repeats the cursor of this page"},
		"AttachOtherID":   {attach, `{"asset_id":"asset_2"}`, "asset_id is another asset's"},
		"AttachIsAPage":   {attach, `<html>`, "not a JSON object"},
		"CompleteIsAPage": {complete, `<html>`, "not a JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			err := tc.call(newTestClient(t, record(t, says(200, tc.body)).URL))
			var e *MalformedError
			if !errors.Is(err, ErrMalformed) || !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			if e.What != tc.what || e.Status != 200 || e.RequestID != "req_7" || e.Date.IsZero() {
				t.Errorf("got %+v, want %q", e, tc.what)
			}
		})
	}
}

func TestBodilessAnswers(t *testing.T) {
	c := newTestClient(t, record(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }).URL)
	if a, _, err := c.Complete(t.Context(), assetID, "k"); err != nil || a.ID != assetID || a.Status != "" || a.Status.Known() {
		t.Errorf("complete: %+v, %v", a, err)
	}
	if at, err := c.Attach(t.Context(), "prj_1", assetID, "k"); err != nil || at.NodeID != "" {
		t.Errorf("attach: %+v, %v", at, err)
	}
}

func TestTimes(t *testing.T) {
	want := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for text, want := range map[string]time.Time{
		`1767323045`: want, `"1767323045"`: want, `1767323045000`: want, `"1767323045000"`: want, `1767323045.5`: want.Add(500 * time.Millisecond),
		`"2026-01-02T03:04:05Z"`: want, `"2026-01-02T03:04:05.117Z"`: want.Add(117 * time.Millisecond), `"2026-01-02T05:04:05+02:00"`: want,
		`"2026-01-02T05:04:05+0200"`: want, `"2026-01-02T03:04:05"`: want, `"2026-01-02 03:04:05"`: want,
		`null`: {}, `""`: {}, `"soon"`: {}, `0`: {}, `-5`: {}, `{}`: {}, `1e300`: {}, `"NaN"`: {}, `true`: {},
	} {
		o, ok := parseObject(fmt.Appendf(nil, `{"at":%s}`, text))
		if !ok {
			t.Fatal(text)
		}
		if got := o.time("at"); !got.Equal(want) {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

func TestAssetFields(t *testing.T) {
	for body, want := range map[string]Asset{
		`{"asset_id":"asset_1","status":"ready","size_bytes":12,"width":3,"height":null,"name":null,"created_at":1767323045}`: {ID: assetID, Status: StatusReady, SizeBytes: 12, SizeKnown: true, Width: 3, CreatedAt: time.Unix(1767323045, 0).UTC()},
		`{"asset_id":null,"status":"transcoding","size_bytes":"9007199254740993"}`:                                            {ID: assetID, Status: "transcoding", SizeBytes: 9007199254740993, SizeKnown: true},
		`{"status":"failed","failure_message":"bad\u0007 \u202efile","size_bytes":-1}`:                                        {ID: assetID, Status: StatusFailed, FailureMessage: "bad file"},
		`{"status":"ready","size_bytes":1e3,"url":"https://x/y?a=b","upload_content_type":"image/png"}`:                       {ID: assetID, Status: StatusReady, SizeBytes: 1000, SizeKnown: true, URL: "https://x/y?a=b", UploadType: "image/png"},
		`{"status":"ready","size_bytes":1.5,"name":7}`:                                                                        {ID: assetID, Status: StatusReady, Name: "7"},
	} {
		c := newTestClient(t, record(t, says(200, body)).URL)
		got, _, err := c.Retrieve(t.Context(), assetID)
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		if got != want {
			t.Errorf("%s:\n got %+v\nwant %+v", body, got, want)
		}
	}
	if StatusPending.Known() != true || Status("transcoding").Known() {
		t.Error("Known")
	}
}

func TestErrorAnswers(t *testing.T) {
	date := "Fri, 02 Jan 2026 03:04:05 GMT"
	for name, tc := range map[string]struct {
		status int
		header map[string]string
		body   string
		want   Error
	}{
		"Full": {400, nil, `{"error":{"code":"input_validation_error","message":"no","fields":[{"field":"folder","message":"too long"},null,{"field":"x","message":null}]}}`,
			Error{Code: "input_validation_error", Message: "no", Fields: []Field{{"folder", "too long"}, {"x", ""}}}},
		"FieldsMap":    {422, nil, `{"error":{"code":"c","message":"m","fields":{"b":"2","a":"1"}}}`, Error{Code: "c", Message: "m", Fields: []Field{{"a", "1"}, {"b", "2"}}}},
		"ErrorText":    {409, nil, `{"error":"busy"}`, Error{Message: "busy"}},
		"TopLevel":     {402, nil, `{"code":"insufficient_credits","message":"pay"}`, Error{Code: "insufficient_credits", Message: "pay"}},
		"Nulls":        {500, nil, `{"error":{"code":null,"message":null,"fields":null}}`, Error{}},
		"Page":         {502, map[string]string{"Content-Type": "text/html"}, `<html>Bad gateway</html>`, Error{Message: "the answer is a web page, not the API's"}},
		"Text":         {503, map[string]string{"Content-Type": "text/plain"}, "try\r\n\x1b[31mlater\x00", Error{Message: "try [31mlater"}},
		"None":         {404, nil, "", Error{}},
		"Seconds":      {429, map[string]string{"Retry-After": "7"}, "", Error{RetryAfter: 7 * time.Second, HasRetryAfter: true}},
		"Fraction":     {429, map[string]string{"Retry-After": "0.5"}, "", Error{RetryAfter: 500 * time.Millisecond, HasRetryAfter: true}},
		"HTTPDate":     {429, map[string]string{"Retry-After": "Fri, 02 Jan 2026 03:05:05 GMT"}, "", Error{RetryAfter: time.Minute, HasRetryAfter: true}},
		"PastDate":     {429, map[string]string{"Retry-After": "Fri, 02 Jan 2026 03:00:05 GMT"}, "", Error{HasRetryAfter: true}},
		"Milliseconds": {429, map[string]string{"Retry-After": "7", "Retry-After-Ms": "250"}, "", Error{RetryAfter: 250 * time.Millisecond, HasRetryAfter: true}},
		"Absurd":       {429, map[string]string{"Retry-After": "1e30"}, "", Error{RetryAfter: maxRetryAfter, HasRetryAfter: true}},
		"Negative":     {429, map[string]string{"Retry-After": "-3"}, "", Error{HasRetryAfter: true}},
		"Nonsense":     {429, map[string]string{"Retry-After": "soon"}, "", Error{}},
	} {
		t.Run(name, func(t *testing.T) {
			server := record(t, func(w http.ResponseWriter, q *http.Request) {
				w.Header().Set("Date", date)
				for k, v := range tc.header {
					w.Header().Set(k, v)
				}
				w.Header().Set("request-id", "req_9")
				w.WriteHeader(tc.status)
				_, _ = io.WriteString(w, tc.body)
			})
			_, m, err := newTestClient(t, server.URL).Retrieve(t.Context(), assetID)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			if e.Status != tc.status || e.RequestID != "req_9" || e.Op != OpRetrieve || e.Date.Unix() != 1767323045 || m.RequestID != "req_9" {
				t.Errorf("got %+v", e)
			}
			if e.Code != tc.want.Code || e.Message != tc.want.Message || e.RetryAfter != tc.want.RetryAfter || e.HasRetryAfter != tc.want.HasRetryAfter {
				t.Errorf("got %+v, want %+v", *e, tc.want)
			}
			if len(e.Fields) != len(tc.want.Fields) {
				t.Fatalf("fields %v", e.Fields)
			}
			for i := range e.Fields {
				if e.Fields[i] != tc.want.Fields[i] {
					t.Errorf("fields %v", e.Fields)
				}
			}
		})
	}
}

func TestRedirectsAreRefused(t *testing.T) {
	var hits atomic.Int32
	elsewhere := record(t, func(http.ResponseWriter, *http.Request) { hits.Add(1) })
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := record(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://user:hushhush@"+strings.TrimPrefix(elsewhere.URL, "http://")+"/p?signature=hushhush")
			w.WriteHeader(status)
		})
		c := newTestClient(t, server.URL)
		_, _, get := c.Retrieve(t.Context(), assetID)
		_, _, post := c.Complete(t.Context(), assetID, "k")
		_, form := c.Upload(t.Context(), formFor(t, server.URL, `{}`), fileOf("x"))
		for _, err := range []error{get, post, form} {
			var e *RedirectError
			if !errors.Is(err, ErrRedirect) || !errors.As(err, &e) || e.Status != status || "http://"+e.To != elsewhere.URL || strings.Contains(err.Error(), "hush") {
				t.Errorf("%d: %v", status, err)
			}
		}
	}
	if hits.Load() != 0 {
		t.Error("a redirect was followed")
	}
}

// A reservation whose connection dies is sent once: sent again by net/http it would answer idempotency_duplicate.
func TestNothingIsSentTwiceByItself(t *testing.T) {
	var requests atomic.Int32
	base := rawServer(t, func(_ int, c *net.TCPConn) {
		for {
			_, _, err := readWire(c)
			if err != nil {
				return
			}
			if requests.Add(1) == 2 {
				return // took it, and died
			}
			_, _ = io.WriteString(c, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
		}
	})
	c := newTestClient(t, base)
	_, _, err := c.Complete(t.Context(), assetID, "k1")
	var e *Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	_, err = c.Reserve(t.Context(), ReserveRequest{WorkspaceID: wsID}, "k2")
	var lost *TransportError
	if !errors.As(err, &lost) || lost.Phase != PhaseAnswer {
		t.Errorf("got %v", err)
	}
	if n := requests.Load(); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

func TestIDsAreChecked(t *testing.T) {
	server := record(t, says(200, `{}`))
	c := newTestClient(t, server.URL)
	for _, id := range []string{"", "asset_", "ws_1", "asset_a/b", "asset_a?b", "asset_a b", "asset_é", "asset_%2e", "asset_\n", "asset_" + strings.Repeat("a", 300)} {
		_, _, err := c.Retrieve(t.Context(), id)
		var e *RequestError
		if !errors.As(err, &e) {
			t.Errorf("%q: %v", id, err)
		}
	}
	for _, err := range []error{
		func() error { _, err := c.Reserve(t.Context(), ReserveRequest{WorkspaceID: "prj_1"}, "k"); return err }(),
		func() error { _, err := c.Attach(t.Context(), "ws_1", assetID, "k"); return err }(),
		func() error { _, err := c.List(t.Context(), ListQuery{WorkspaceID: wsID, ProjectID: "p"}); return err }(),
		func() error {
			_, err := c.CreateFromURL(t.Context(), CreateRequest{URL: "http://x/y", WorkspaceID: wsID}, "k")
			return err
		}(),
		func() error { _, _, err := c.Complete(t.Context(), assetID, "a\r\nb"); return err }(),
	} {
		var e *RequestError
		if !errors.As(err, &e) {
			t.Errorf("got %v", err)
		}
	}
	if n := len(server.all()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}
