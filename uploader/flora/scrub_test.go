package flora

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// Markers stand where secrets do; each is looked for in every text.
const (
	markField = "MARKFIELD/+= sig"
	markQuery = "MARKQUERYvalue"
	markUser  = "MARKUSERname"
	markPath  = "MARKPATHsegment"
)

func assertScrubbed(t *testing.T, what, text string) {
	t.Helper()
	for _, mark := range []string{"MARK", url.QueryEscape(markField)} {
		if strings.Contains(text, mark) {
			t.Errorf("%s leaks: %s", what, text)
		}
	}
	if !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\x1b\r\n") {
		t.Errorf("%s is not harmless: %q", what, text)
	}
}

// assertErrorScrubbed looks at an error in all the ways it could be printed, and at everything it wraps.
func assertErrorScrubbed(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		t.Error("no error")
		return
	}
	for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%q", err)} {
		assertScrubbed(t, fmt.Sprintf("%T", err), text)
	}
	assertScrubbed(t, fmt.Sprintf("%T %%#v", err), strings.ReplaceAll(fmt.Sprintf("%#v", err), "\n", ""))
	switch u := err.(type) {
	case interface{ Unwrap() error }:
		if inner := u.Unwrap(); inner != nil {
			assertErrorScrubbed(t, inner)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range u.Unwrap() {
			assertErrorScrubbed(t, inner)
		}
	}
}

// echo gives back everything a server was sent, in every spelling it might choose.
func echo(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		key := q.Header.Get("Authorization")
		all := fmt.Sprintf("%s %s %s %s http://%s:pw@h/%s?%s \x1b[0m", key, strings.TrimPrefix(key, "Bearer "), q.RequestURI,
			q.URL.Query().Get("sig"), markUser, markPath, markQuery)
		if strings.Contains(string(body), markField) {
			all += " " + markField + url.QueryEscape(markField) + " " + html.EscapeString(markField)
		}
		w.Header().Set("request-id", strings.TrimPrefix(key, "Bearer "))
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{"message": all, "error": map[string]any{"code": all, "message": all + string(body),
			"fields": []any{map[string]string{"field": all, "message": all}}}})
	}
}

func secretForm(t *testing.T, base string) Form {
	t.Helper()
	target := strings.Replace(base, "http://", "http://"+markUser+":"+markUser+"@", 1) + "/" + markPath + "?sig=" + markQuery
	fields, _ := json.Marshal(map[string]string{"signature": markField, "token": markField + "2"})
	return formFor(t, target, string(fields))
}

func TestEveryErrorIsScrubbed(t *testing.T) {
	key := staticKey("sk_live_MARKKEY0123")
	withKey := func(o *Options) { o.Key = key }
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	refused := "http://" + l.Addr().String()
	l.Close()
	cut := rawServer(t, func(_ int, c *net.TCPConn) { _, _, _ = readWire(c) })
	garbage := rawServer(t, func(_ int, c *net.TCPConn) {
		_, _, _ = readWire(c)
		_, _ = io.WriteString(c, "MARK\x00 /"+markPath+"\r\n\r\n")
	})
	for name, base := range map[string]string{
		"Refused": refused, "Cut": cut, "Garbage": garbage,
		"400": record(t, echo(400)).URL, "403": record(t, echo(403)).URL, "500": record(t, echo(500)).URL,
		"Redirect": record(t, func(w http.ResponseWriter, q *http.Request) {
			http.Redirect(w, q, "http://"+markUser+":x@h.example/"+markPath+"?"+markQuery, http.StatusTemporaryRedirect)
		}).URL,
		"Malformed": record(t, says(200, `"`+markField+`"`)).URL,
	} {
		t.Run(name, func(t *testing.T) {
			if name == "Garbage" {
				// What a server invents is not a secret of ours; only its form matters.
				_, err := newTestClient(t, base, withKey).Upload(t.Context(), secretForm(t, base), fileOf("hello"))
				if err == nil || strings.ContainsAny(err.Error(), "\x00\r\n") || strings.Contains(err.Error(), markField) {
					t.Errorf("got %q", err)
				}
				return
			}
			c := newTestClient(t, base, withKey)
			_, err := c.Reserve(t.Context(), ReserveRequest{WorkspaceID: wsID}, "k")
			assertErrorScrubbed(t, err)
			_, err = c.Probe(t.Context())
			assertErrorScrubbed(t, err)
			if name == "Malformed" {
				return
			}
			_, err = c.Upload(t.Context(), secretForm(t, base), fileOf("hello"))
			assertErrorScrubbed(t, err)
			if name == "Redirect" {
				return // a download follows it, to a host that is not there
			}
			_, err = c.Download(t.Context(), base+"/"+markPath+"?sig="+markQuery, 5, io.Discard)
			assertErrorScrubbed(t, err)
		})
	}
}

func TestKeyAndURLErrorsAreScrubbed(t *testing.T) {
	for _, raw := range []string{
		"https://" + markUser + ":" + markUser + "@h.example/api", "https://h.example/api?" + markQuery, "http://" + markUser + "@h.example/api",
		"https://h.example/%zz" + markPath, "ftp://" + markUser + "@h.example", "://" + markUser,
	} {
		_, err := ParseBaseURL(raw)
		assertErrorScrubbed(t, err)
	}
	c := newTestClient(t, "http://127.0.0.1:1", func(o *Options) { o.Key = staticKey("sk_live_MARK\x00") })
	_, _, err := c.Retrieve(t.Context(), assetID)
	assertErrorScrubbed(t, err)
	var e *KeyError
	if !errors.As(err, &e) {
		t.Errorf("got %v", err)
	}
	_, err = c.Download(t.Context(), "http://h.example/%zz"+markPath, 1, io.Discard)
	assertErrorScrubbed(t, err)
}

func TestFormDoesNotPrint(t *testing.T) {
	f := secretForm(t, "http://s.example")
	f.data().deadline = time.Now()
	type holder struct {
		Exported Form
		hidden   Form
		Pointer  *Form
	}
	h := holder{f, f, &f}
	var texts []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		texts = append(texts, fmt.Sprintf(verb, f), fmt.Sprintf(verb, h), fmt.Sprintf(verb, &h), fmt.Sprintf(verb, Reservation{Form: f}))
	}
	for _, v := range []any{f, h, &f, map[string]Form{"a": f}, Reservation{Form: f}} {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(data))
	}
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "form", f, "holder", h)
	texts = append(texts, strings.TrimSpace(logged.String()), f.String(), f.GoString())
	for _, text := range texts {
		assertScrubbed(t, "form", text)
	}
	if h.hidden.Host() != "s.example" || !strings.Contains(f.String(), "s.example") {
		t.Errorf("got %s", f)
	}
}

func TestFormLifetime(t *testing.T) {
	date := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	now := time.Now()
	for name, tc := range map[string]struct {
		expires string
		meta    Meta
		want    time.Duration
		known   bool
	}{
		"ISO":         {`"2026-01-02T03:19:05Z"`, Meta{Date: date, ReceivedAt: now}, 15 * time.Minute, true},
		"Seconds":     {`1767323945`, Meta{Date: date, ReceivedAt: now}, 15 * time.Minute, true},
		"Millis":      {`"1767323945000"`, Meta{Date: date, ReceivedAt: now}, 15 * time.Minute, true},
		"Past":        {`"2026-01-02T03:04:04Z"`, Meta{Date: date, ReceivedAt: now}, -time.Second, true},
		"Null":        {`null`, Meta{Date: date, ReceivedAt: now}, 0, false},
		"WithoutDate": {`"2026-01-02T03:19:05Z"`, Meta{ReceivedAt: now}, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			o, _ := parseObject([]byte(`{"upload_url":"https://s/x","expires_at":` + tc.expires + `}`))
			f, what := readForm(o, tc.meta)
			if what != "" {
				t.Fatal(what)
			}
			deadline, known := f.Deadline()
			if known != tc.known || known && deadline.Sub(now) != tc.want {
				t.Errorf("got %v %v", deadline.Sub(now), known)
			}
			if known && (f.Expired(now.Add(tc.want-1)) || !f.Expired(now.Add(tc.want))) {
				t.Error("Expired disagrees with the deadline")
			}
		})
	}
}

func TestMessagesAreBoundedAndHarmless(t *testing.T) {
	red := newRedactor("sk_live_MARKKEY0123")
	for in, want := range map[string]string{
		"a\x00b\r\n\tc\u2028d\u202ee\ufeff": "a b c d e",
		"bad \xff byte":                     "bad \uFFFD byte",
		"cut sk_live_MARKK":                 "cut [redacted]",
		"proxy socks5://u:p@h:1/x?y z":      "proxy socks5://h:1 z",
		`invalid proxy address "u:p@h:1"`:   `invalid proxy address "[redacted]@h:1"`,
		"help: support@imagekit.io":         "help: support@imagekit.io",
		"Authorization: Bearer abc.def":     "Authorization: Bearer [redacted]",
		"key sk_test_other1":                "key [redacted]",
		"sk_test_other1":                    "[redacted]",
		"req_sk_live_MARKKEY0123":           "req_[redacted]",
		"req-sk_live_MAR":                   "req-[redacted]",
		"req_01J9-x7":                       "req_01J9-x7",
	} {
		if got := red.text(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := red.text(strings.Repeat("ä\n", 10000)); len(got) > maxMessageBytes || !strings.HasSuffix(got, "…") || !utf8.ValidString(got) {
		t.Errorf("%d bytes", len(got))
	}
}

// Ids are not searched as texts are, and must come out as if they were.
func TestIDsAreRedactedAsTextsAre(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	word := func(letters string, n int) string {
		var b strings.Builder
		for range n {
			b.WriteByte(letters[r.IntN(len(letters))])
		}
		return b.String()
	}
	caught := 0
	for range 20_000 {
		red := newRedactor(word("ab", 6+r.IntN(3)), word("ab%+ /<&\"'\\\xff", 5+r.IntN(6)))
		id := word("ab", 4+r.IntN(40))
		got, want := red.text(id), red.search(id)
		if got != want {
			t.Fatalf("%q without %q: got %q, want %q", id, red.values(), got, want)
		}
		if got != id {
			caught++
		}
	}
	if caught < 1000 {
		t.Errorf("only %d of the ids held a secret", caught)
	}
}
