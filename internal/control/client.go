package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// maxAnswer bounds an answer of the socket; lists come in pages.
const maxAnswer = 64 << 20

const (
	// askTimeout is how long the daemon may take before it begins to answer what it knows, or finds, at once: a hung one must not hang its commands.
	askTimeout = 30 * time.Second
	// changeTimeout is the same for what changes rows, which may be many.
	changeTimeout = 10 * time.Minute
)

// Client is the Service of a running daemon, over its socket. It is safe for concurrent use.
type Client struct{ http *http.Client }

var _ Service = (*Client)(nil)

// Dial returns a client of the daemon that listens at socket. It connects when asked something.
func Dial(socket string) *Client {
	return &Client{http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", socket)
		},
		ResponseHeaderTimeout: askTimeout,
		DisableKeepAlives:     true, // whoever waits or follows asks a new Client each time: kept connections would pile up in the daemon
	}}}
}

// slow asks what may take so long, once the daemon has shown that it answers at all: a hung one is not waited for.
func (c *Client) slow(ctx context.Context, limit time.Duration, path string, q question, v any) error {
	if err := c.Answers(ctx); err != nil {
		return err
	}
	return c.within(limit).ask(ctx, path, q, v)
}

// Answers reports [ErrGone] when nobody answers within half a minute. It asks for what is not there: whatever comes is an answer.
func (c *Client) Answers(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, "http://florasync/", nil)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return gone(ctx, err)
	}
	return resp.Body.Close()
}

func (c *Client) ask(ctx context.Context, path string, q question, v any) error {
	resp, err := c.send(ctx, path, q)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return gone(ctx, err)
	}
	if err := json.Unmarshal(answer, v); err != nil {
		return fmt.Errorf("%w: %w", ErrForeign, err)
	}
	return nil
}

// ErrForeign: something answers on the socket that is no florasync. It is an [ErrGone].
var ErrForeign = fmt.Errorf("%w: what listens on its socket is not florasync", ErrGone)

// send asks a question and returns the answer, unless it is an error, with its body still to be read and closed.
func (c *Client) send(ctx context.Context, path string, q question) (*http.Response, error) {
	body, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://florasync"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, gone(ctx, err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, gone(ctx, err)
	}
	var p problem
	if json.Unmarshal(answer, &p) != nil || p.Message == "" {
		return nil, fmt.Errorf("%w: it answered %s", ErrForeign, resp.Status)
	}
	return nil, &remoteError{text: p.Message, is: codes[p.Code]}
}

// gone says that the daemon ended while it was asked; a caller that stopped waiting is told of that instead.
func gone(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var u *url.Error
	if errors.As(err, &u) { // its URL leads nowhere
		err = u.Err
	}
	return fmt.Errorf("%w: %w", ErrGone, err)
}

// remoteError is an error of the daemon, with the identity it had there.
type remoteError struct {
	text string
	is   error
}

func (e *remoteError) Error() string { return e.text }
func (e *remoteError) Unwrap() error { return e.is }

// Status asks for the status.
func (c *Client) Status(ctx context.Context) (s Status, err error) {
	return s, c.ask(ctx, pathStatus, question{}, &s)
}

// List asks for a page.
func (c *Client) List(ctx context.Context, f Filter, after string, n int) (p Page, err error) {
	return p, c.ask(ctx, pathList, question{Filter: f, After: after, N: n}, &p)
}

// Explain asks why a path is as it is.
func (c *Client) Explain(ctx context.Context, path string) (e Explanation, err error) {
	return e, c.ask(ctx, pathExplain, question{Path: path}, &e)
}

// Retry asks for another try.
func (c *Client) Retry(ctx context.Context, f Filter) (int, error) {
	var n count
	err := c.slow(ctx, changeTimeout, pathRetry, question{Filter: f}, &n)
	return n.N, err
}

// Forget asks to forget.
func (c *Client) Forget(ctx context.Context, f Filter, again bool) (int, error) {
	var n count
	err := c.slow(ctx, changeTimeout, pathForget, question{Filter: f, Again: again}, &n)
	return n.N, err
}

// Pause asks to stop new work.
func (c *Client) Pause(ctx context.Context, root string, until time.Time) error {
	return c.ask(ctx, pathPause, question{Root: root, Until: until}, &count{})
}

// Resume asks to go on.
func (c *Client) Resume(ctx context.Context, root string) error {
	return c.ask(ctx, pathResume, question{Root: root}, &count{})
}

// Upload asks to enqueue what was named by hand.
func (c *Client) Upload(ctx context.Context, u Upload) (items []Item, err error) {
	return items, c.slow(ctx, changeTimeout, pathUpload, question{Upload: u}, &items)
}

// Reload asks to put the configuration in force again.
func (c *Client) Reload(ctx context.Context) (r Reloaded, err error) {
	return r, c.slow(ctx, changeTimeout, pathReload, question{}, &r)
}

// SetLogLevel asks for another log level.
func (c *Client) SetLogLevel(ctx context.Context, level string) error {
	return c.ask(ctx, pathLevel, question{Level: level}, &count{})
}

// Examine asks to look at what it works with.
func (c *Client) Examine(ctx context.Context, offline bool) (all []Finding, err error) {
	return all, c.slow(ctx, changeTimeout, pathExamine, question{Offline: offline}, &all)
}
