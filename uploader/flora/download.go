package flora

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"
)

// maxHops bounds the redirects of a download; it carries no key and no body, so they are harmless.
const maxHops = 5

// Download writes the bytes at an asset's URL to w, for a comparison by digest, and returns how many. It stops after expect+1 bytes, so
// that n > expect tells a longer asset. No key is sent, to any host.
//
// Errors: *StorageError for a status of 400 or more, *TransportError, *ReadError when w failed, ErrInsecureUpload, ErrPrivateAddress, *RequestError.
func (c *Client) Download(ctx context.Context, assetURL string, expect int64, w io.Writer) (n int64, err error) {
	u, err := url.Parse(assetURL)
	if err != nil || u.Host == "" {
		return 0, &RequestError{Op: OpDownload, What: "asset has no usable URL"}
	}
	started := time.Now()
	x := Exchange{Op: OpDownload, Host: u.Host}
	n, err = c.fetch(ctx, u, expect, w, &x)
	x.Err, x.Received = err, n
	c.observe(x, started)
	return n, err
}

func (c *Client) fetch(ctx context.Context, u *url.URL, expect int64, w io.Writer, x *Exchange) (int64, error) {
	sink := &countingWriter{w: w}
	ctx, trace, stop := c.guarded(ctx, PhaseAnswer, sink)
	defer stop()

	for range maxHops {
		if err := c.checkTarget(u); err != nil {
			return 0, fmt.Errorf("download from %s: %w", u.Host, err)
		}
		red := redactor{(&form{url: u}).secrets}
		resp, err := c.get(trace.context(ctx), u)
		if err != nil {
			return 0, transportError(ctx, OpDownload, u.Host, trace.at(), err, red)
		}
		m := newMeta(resp, red)
		x.Host, x.Status, x.RequestID, x.Date = u.Host, m.Status, m.RequestID, m.Date
		next, err := c.take(ctx, resp, m, expect, sink, red)
		if next == nil {
			return sink.n.Load(), err
		}
		u = next
	}
	return 0, &RequestError{Op: OpDownload, What: "too many redirects"}
}

func (c *Client) get(ctx context.Context, u *url.URL) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", c.agent)
	req.Header.Set("Accept-Encoding", "identity")
	return c.storage.Do(req)
}

// take reads one answer: the bytes, an error, or where to go next.
func (c *Client) take(ctx context.Context, resp *http.Response, m Meta, expect int64, sink *countingWriter, red redactor) (*url.URL, error) {
	defer resp.Body.Close()
	host := resp.Request.URL.Host
	switch {
	case m.Status >= 400:
		text, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorAnswer))
		return nil, readStorageError(OpDownload, StorageUnknown, resp, m, text, red)
	case m.Status >= 300:
		next, err := resp.Location()
		if err != nil {
			return nil, redirectError(OpDownload, host, resp, m)
		}
		return next, nil
	case m.Status != http.StatusOK:
		return nil, &MalformedError{Op: OpDownload, Status: m.Status, RequestID: m.RequestID, Date: m.Date, What: "not the whole asset"}
	}
	_, err := io.Copy(sink, io.LimitReader(resp.Body, expect+1))
	if err == nil {
		return nil, nil
	}
	if sink.err != nil && errors.Is(err, sink.err) {
		return nil, &ReadError{Got: sink.n.Load(), Want: expect, Err: sink.err}
	}
	e := transportError(ctx, OpDownload, host, PhaseAnswer, err, red)
	e.Phase, e.Status = PhaseAnswer, m.Status
	return nil, e
}

// countingWriter counts for the guard, and keeps the caller's own error apart from the network's.
type countingWriter struct {
	w      io.Writer
	n      atomic.Int64
	caller callerTime
	err    error
}

func (s *countingWriter) Write(p []byte) (int, error) {
	s.caller.begin()
	n, err := s.w.Write(p)
	s.caller.end()
	s.n.Add(int64(n))
	if err != nil {
		s.err = err
	}
	return n, err
}

// progress implements mover.
func (s *countingWriter) progress() (int64, time.Duration) {
	return s.n.Load(), s.caller.spent()
}
