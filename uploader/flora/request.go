package flora

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Bounds of answers, in bytes.
const (
	maxAssetAnswer = 1 << 20
	maxListAnswer  = 8 << 20
	maxErrorAnswer = 64 << 10
)

// call is one request to the API.
type call struct {
	op          Op
	method      string
	path        []string // segments below the base URL, unescaped
	query       url.Values
	body        any    // marshalled as JSON; nil for none
	idempotency string // the Idempotency-Key; "" for none
	limit       int64  // of a 2xx body
}

// answer is a 2xx answer of the API.
type answer struct {
	op   Op
	meta Meta
	body []byte
	red  redactor
}

func (a answer) malformed(what string) error {
	return &MalformedError{Op: a.op, Status: a.meta.Status, RequestID: a.meta.RequestID, Date: a.meta.Date, What: what}
}

// object reads the answer as a JSON object.
func (a answer) object() (object, error) {
	o, ok := parseObject(a.body)
	if !ok {
		return nil, a.malformed("not a JSON object")
	}
	return o, nil
}

// do sends one request and reads its whole answer within Options.Timeout. Anything but 2xx is an error.
func (c *Client) do(ctx context.Context, q call) (answer, error) {
	key, err := c.currentKey()
	if err != nil {
		return answer{}, err
	}
	started := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, c.opt.Timeout, errAnswerTimeout)
	defer cancel()
	trace := newTracker()
	req, err := c.newRequest(trace.context(ctx), q, key)
	if err != nil {
		return answer{}, err
	}
	x := Exchange{Op: q.op, Host: c.base.Host, Sent: req.ContentLength}
	a, err := c.exchange(ctx, q, req, trace, newRedactor(key), &x)
	x.Err = err
	c.observe(x, started)
	return a, err
}

func (c *Client) exchange(ctx context.Context, q call, req *http.Request, trace *tracker, red redactor, x *Exchange) (answer, error) {
	resp, err := c.api.Do(req)
	if err != nil {
		return answer{}, transportError(ctx, q.op, c.base.Host, trace.at(), err, red)
	}
	defer resp.Body.Close()
	a := answer{op: q.op, meta: newMeta(resp, red), red: red}
	x.Status, x.RequestID, x.Date = a.meta.Status, a.meta.RequestID, a.meta.Date
	limit := q.limit
	if resp.StatusCode >= 300 {
		limit = maxErrorAnswer
	}
	body, readErr := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	x.Received = int64(len(body))
	switch {
	case resp.StatusCode >= 400:
		// The status alone says enough when the body is cut or endless.
		return a, readError(q.op, resp, a.meta, body[:min(len(body), maxErrorAnswer)], red)
	case resp.StatusCode >= 300:
		return a, redirectError(q.op, c.base.Host, resp, a.meta)
	case readErr != nil:
		e := transportError(ctx, q.op, c.base.Host, PhaseAnswer, readErr, red)
		e.Phase, e.Status = PhaseAnswer, resp.StatusCode
		return a, e
	case int64(len(body)) > limit:
		return a, a.malformed(fmt.Sprintf("more than %d bytes", limit))
	}
	a.body = body
	return a, nil
}

func (c *Client) newRequest(ctx context.Context, q call, key string) (*http.Request, error) {
	u := *c.base
	escaped := u.EscapedPath()
	for _, segment := range q.path {
		u.Path += "/" + segment
		escaped += "/" + url.PathEscape(segment)
	}
	u.RawPath = escaped
	u.RawQuery = q.query.Encode()
	var body io.Reader
	if q.body != nil {
		data, err := json.Marshal(q.body)
		if err != nil {
			return nil, &RequestError{Op: q.op, What: "encode request: " + err.Error()}
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, q.method, u.String(), body)
	if err != nil {
		return nil, &RequestError{Op: q.op, What: "request cannot be made from its URL"}
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.agent)
	if q.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if q.idempotency != "" {
		if !visible(q.idempotency) {
			return nil, &RequestError{Op: q.op, What: "idempotency key holds characters a header cannot carry"}
		}
		// Spelled in lower case on purpose. Under its canonical name net/http takes the header as leave to send a POST again
		// on its own after a broken connection (Request.isReplayable); FLORA answers that with idempotency_duplicate, and
		// the first answer would be lost without anybody having seen an error.
		req.Header["idempotency-key"] = []string{q.idempotency}
	}
	return req, nil
}

func (c *Client) currentKey() (string, error) {
	key, err := c.key()
	if err != nil {
		return "", &KeyError{Err: err}
	}
	key = strings.TrimSpace(key)
	if key == "" {
		return "", &KeyError{Err: ErrNoKey}
	}
	if !visible(key) {
		return "", &KeyError{Err: fmt.Errorf("holds a character that no key has; is the file text?")}
	}
	return key, nil
}

// visible tells whether s is made of visible ASCII, all that a token in a header may hold.
func visible(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

func redirectError(op Op, host string, resp *http.Response, m Meta) error {
	e := &RedirectError{Op: op, Host: host, Status: resp.StatusCode, RequestID: m.RequestID}
	if to, err := resp.Location(); err == nil {
		e.To = harmless(to.Host, 255)
	}
	return e
}
