package sandbox

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestGCS(t *testing.T) {
	t.Run("SuccessStatuses", func(t *testing.T) {
		for _, status := range []int{200, 201, 204} {
			c := start(t, Options{GCSStatus: status})
			got := c.mustPost(status, c.reserve("a.png").upload(t), "x")
			if (got.raw != "") != (status == 201) {
				t.Errorf("%d: body %q", status, got.raw)
			}
		}
	})
	t.Run("PostedAgainOverwrites", func(t *testing.T) {
		c := start(t, Options{})
		r := c.reserve("a.png")
		c.mustPost(204, r.upload(t), "first")
		c.mustPost(204, r.upload(t), "second!")
		c.must(200, "POST", "/assets/"+r.str("asset_id")+"/complete", "{}")
		a := c.s.Assets()[0]
		sum := sha256.Sum256([]byte("second!"))
		if a.Size != 7 || a.SHA256 != hex.EncodeToString(sum[:]) || len(a.Posts) != 2 || a.Posts[0].Size != 5 {
			t.Errorf("got %+v", a)
		}
		c.wantRules()
	})
	t.Run("EarlyAnswer", func(t *testing.T) {
		c := start(t, Options{EarlyAnswer: true, Faults: "storage_5xx=1"})
		u := c.reserve("a.png").upload(t)
		body, contentType := u.form(t, strings.Repeat("x", 1<<20))
		more := make(chan struct{})
		half := bytes.NewReader(body.Bytes()[:body.Len()/2])
		req, err := http.NewRequest("POST", u.url, io.MultiReader(half, waiting(more)))
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength = int64(body.Len())
		req.Header.Set("Content-Type", contentType)
		// Answered while the body is still being sent: a client sees the answer, or a broken connection.
		if r, err := c.do(req); err == nil && r.status < 502 {
			t.Errorf("got %+v", r)
		}
		close(more)
	})
	t.Run("Expired", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := start(t, Options{})
			u := c.reserve("a.png").upload(t)
			time.Sleep(DefaultFormLifetime + FormGrace)
			if got := c.mustPost(400, u, "x"); !strings.Contains(got.raw, "<Code>ExpiredToken</Code>") {
				t.Errorf("got %s", got.raw)
			}
			c.wantRules() // within the grace
			time.Sleep(time.Second)
			c.mustPost(400, u, "x")
			c.wantRules(FormExpired)
		})
	})
	t.Run("TooLarge", func(t *testing.T) {
		c := start(t, Options{MaxSize: 4})
		u := c.reserve("a.png").upload(t)
		if got := c.mustPost(400, u, "12345"); !strings.Contains(got.raw, "<Code>EntityTooLarge</Code>") {
			t.Errorf("got %s", got.raw)
		}
		c.mustPost(204, u, "1234")
		c.wantRules()
	})
	for name, test := range map[string]struct {
		status int
		code   string
	}{
		"x-goog-signature": {403, "SignatureDoesNotMatch"},
		"policy":           {403, "SignatureDoesNotMatch"},
		"key":              {400, "InvalidPolicyDocument"},
		"Content-Type":     {400, "InvalidPolicyDocument"},
	} {
		t.Run("Wrong_"+name, func(t *testing.T) {
			c := start(t, Options{})
			u := c.reserve("a.png").upload(t)
			u.fields[name] += "x"
			if got := c.mustPost(test.status, u, "x"); !strings.Contains(got.raw, "<Code>"+test.code+"</Code>") {
				t.Errorf("got %s", got.raw)
			}
			c.wantRules(FormFields)
		})
	}
	t.Run("AddedField", func(t *testing.T) {
		c := start(t, Options{})
		u := c.reserve("a.png").upload(t)
		u.fields["extra"] = "x"
		c.mustPost(400, u, "x")
		c.wantRules(FormFields)
	})
}

func TestImageKit(t *testing.T) {
	message := func(t *testing.T, r reply, want string) {
		t.Helper()
		if !strings.Contains(r.str("message"), want) || r.str("help") == "" {
			t.Errorf("got %s, want %q", r.raw, want)
		}
	}
	t.Run("TokenIsSpentByAFailedAttempt", func(t *testing.T) {
		c := start(t, Options{Storage: ImageKit, Faults: "storage_5xx=1"})
		u := c.reserve("a.png").upload(t)
		if got, err := c.post(u, "x"); err != nil || got.status < 502 {
			t.Fatalf("post: %v %+v", err, got)
		}
		c.wantRules()
		message(t, c.mustPost(400, u, "x"), "used before")
		c.wantRules(FormSpent)
	})
	t.Run("Expired", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := start(t, Options{Storage: ImageKit, Form: time.Second})
			u := c.reserve("a.png").upload(t)
			time.Sleep(2 * time.Second)
			message(t, c.mustPost(400, u, "x"), "expire")
			c.wantRules()
		})
	})
	t.Run("WrongFields", func(t *testing.T) {
		for field, status := range map[string]int{"signature": 400, "publicKey": 403, "token": 400} {
			c := start(t, Options{Storage: ImageKit})
			u := c.reserve("a.png").upload(t)
			u.fields[field] = "wrong"
			c.mustPost(status, u, "x")
			c.wantRules(FormFields)
		}
	})
	t.Run("MissingField", func(t *testing.T) {
		c := start(t, Options{Storage: ImageKit})
		u := c.reserve("a.png").upload(t)
		delete(u.fields, "expire")
		message(t, c.mustPost(400, u, "x"), "Missing expire")
		c.wantRules(FormFields)
	})
	t.Run("TooLarge", func(t *testing.T) {
		c := start(t, Options{Storage: ImageKit, MaxSize: 1})
		message(t, c.mustPost(400, c.reserve("a.png").upload(t), "12"), "size limit")
	})
}

func TestStorageViolations(t *testing.T) {
	newPost := func(t *testing.T, c *client) *http.Request {
		body, contentType := c.reserve("a.png").upload(t).form(t, "x")
		req, err := http.NewRequest("POST", "http://flora.localhost"+gcsPath, body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", contentType)
		return req
	}
	send := func(t *testing.T, c *client, req *http.Request, status int) {
		t.Helper()
		if got, err := c.do(req); err != nil || got.status != status {
			t.Fatalf("got %v %+v, want %d", err, got, status)
		}
	}
	t.Run("KeyInAuthorization", func(t *testing.T) {
		c := start(t, Options{})
		req := newPost(t, c)
		req.Header.Set("Authorization", "Bearer "+DefaultKey)
		send(t, c, req, 204)
		c.wantRules(KeyToStorage)
	})
	t.Run("KeyInAnotherHeader", func(t *testing.T) {
		c := start(t, Options{})
		req := newPost(t, c)
		req.Header.Set("X-Api-Key", DefaultKey)
		send(t, c, req, 204)
		c.wantRules(KeyToStorage)
	})
	t.Run("Chunked", func(t *testing.T) {
		c := start(t, Options{})
		req := newPost(t, c)
		req.ContentLength = -1
		req.Body = io.NopCloser(bufio.NewReader(req.Body))
		send(t, c, req, 411)
		c.wantRules(NoContentLength)
	})
	t.Run("FieldAfterFile", func(t *testing.T) {
		c := start(t, Options{})
		c.mustPost(204, c.reserve("a.png").upload(t), "x", "late")
		c.wantRules(FieldAfterFile)
	})
	t.Run("NoFile", func(t *testing.T) {
		c := start(t, Options{})
		req := newPost(t, c)
		raw, _ := io.ReadAll(req.Body)
		raw = bytes.Replace(raw, []byte(`name="file"`), []byte(`name="nofile"`), 1)
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
		send(t, c, req, 400)
		c.wantRules(FormFields)
	})
	t.Run("KeyToTheBytes", func(t *testing.T) {
		c := start(t, Options{})
		id := c.ready("a.png", "x")
		url := c.must(200, "GET", "/assets/"+id, "").str("url")
		req, err := http.NewRequest("GET", url, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+DefaultKey)
		send(t, c, req, 200)
		c.wantRules(KeyToStorage)
	})
	t.Run("PostAfterComplete", func(t *testing.T) {
		c := start(t, Options{})
		r := c.reserve("a.png")
		c.mustPost(204, r.upload(t), "x")
		c.must(200, "POST", "/assets/"+r.str("asset_id")+"/complete", "{}")
		c.mustPost(204, r.upload(t), "other")
		c.wantRules(PostAfterComplete)
		if a := c.s.Assets()[0]; a.Size != 5 {
			t.Errorf("GCS overwrites: %+v", a)
		}
	})
}

func TestBytesAreStreamedAndServed(t *testing.T) {
	c := start(t, Options{})
	content := strings.Repeat("0123456789abcdef", 1<<18) // 4 MiB
	id := c.ready("big.png", content)
	url := c.must(200, "GET", "/assets/"+id, "").str("url")
	if got := c.get(url); got.raw != content {
		t.Errorf("got %d bytes, want %d", len(got.raw), len(content))
	}
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Range", "bytes=16-31")
	if got, err := c.do(req); err != nil || got.status != 206 || got.raw != content[:16] {
		t.Errorf("range: %v %d %q", err, got.status, got.raw)
	}
	if h := c.get(url).header; h.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(h.Get("Content-Security-Policy"), "sandbox;") {
		t.Errorf("bytes of strangers must not run: %v", h)
	}
	pending := c.reserve("p.png")
	if got := c.get(pending.str("url")); got.status != 404 {
		t.Errorf("a pending asset has no bytes: %d", got.status)
	}
}

func TestBrokenBodyStoresNothing(t *testing.T) {
	c := start(t, Options{})
	u := c.reserve("a.png").upload(t)
	body, contentType := u.form(t, strings.Repeat("x", 1<<16))
	half := bytes.NewReader(body.Bytes()[:body.Len()/2])
	req, err := http.NewRequest("POST", u.url, io.MultiReader(half, &failing{}))
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = int64(body.Len())
	req.Header.Set("Content-Type", contentType)
	if got, err := c.do(req); err == nil {
		t.Errorf("got %+v, want a broken connection", got)
	}
	c.mustPost(204, u, "whole")
	if a := c.s.Assets()[0]; len(a.Posts) != 1 || a.Size != 5 || a.Begun != 2 {
		t.Errorf("got %+v", a)
	}
}

type failing struct{}

func (*failing) Read([]byte) (int, error) { return 0, fmt.Errorf("source ended") }

// waiting is a body that stands still until the channel is closed.
type waiting chan struct{}

func (w waiting) Read([]byte) (int, error) { <-w; return 0, io.EOF }
