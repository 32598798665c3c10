package flora

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Defaults of Options.
const (
	DefaultTimeout        = 60 * time.Second // the official clients' time-out
	DefaultConnectTimeout = 15 * time.Second // a guess: three SYN retransmissions
	DefaultTLSTimeout     = 15 * time.Second // a guess
	DefaultAnswerTimeout  = 3 * time.Minute  // a guess: storage takes over a large file after its last byte, and the kernel may still hold some of it
	DefaultStallWindow    = 60 * time.Second // with DefaultStallRate: slower than any link worth waiting for
	DefaultStallRate      = 1 << 10          // bytes a second
	DefaultMaxConns       = 4                // FLORA's advice for uploads at once
)

// KeySource gives the API key. It is asked before every request, because a key can be rotated while the program runs;
// surrounding white space is trimmed.
type KeySource func() (string, error)

// DialFunc opens a connection, as net.Dialer.DialContext does.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Options of a Client. BaseURL and Key are required; a zero value elsewhere means the default.
type Options struct {
	BaseURL *url.URL  // from ParseBaseURL
	Key     KeySource // asked per request
	Version string    // of florasync, for the User-Agent; default "dev"

	Timeout        time.Duration // an API request with its whole answer; DefaultTimeout
	ConnectTimeout time.Duration // one dial; DefaultConnectTimeout
	TLSTimeout     time.Duration // one TLS handshake; DefaultTLSTimeout
	AnswerTimeout  time.Duration // from the last byte of an upload to the last of its answer; DefaultAnswerTimeout
	StallWindow    time.Duration // an upload or download slower than StallRate over this time is cut; DefaultStallWindow
	StallRate      int64         // bytes a second; DefaultStallRate

	MaxConns int            // idle connections kept per host, best the number of requests in flight; DefaultMaxConns
	HTTP2    bool           // offer HTTP/2; off, because HTTP/1.1 takes half the processor time and moves bulk data best (docs/performance.md)
	Dial     DialFunc       // for the API and storage; default a net.Dialer
	RootCAs  *x509.CertPool // default: the system's
	Observe  func(Exchange) // called after each request, from its goroutine; must not block; may be nil
}

// Client is FLORA's API with one key. It is safe for concurrent use and holds no state but idle connections.
type Client struct {
	base    *url.URL
	key     KeySource
	agent   string
	opt     Options
	api     *http.Client
	storage *http.Client
}

// New makes a Client. It sends nothing. It fails when BaseURL is not one that ParseBaseURL would accept, or Key is missing.
func New(o Options) (*Client, error) {
	if o.BaseURL == nil {
		return nil, errors.New("flora client: no base URL")
	}
	if err := checkBaseURL(o.BaseURL); err != nil {
		return nil, err
	}
	if o.Key == nil {
		return nil, fmt.Errorf("flora client: %w", ErrNoKey)
	}
	o.fill()
	base := *o.BaseURL
	c := &Client{base: &base, key: o.Key, agent: "florasync/" + o.Version, opt: o}
	c.api = newHTTPClient(baseTransport(o))
	c.storage = newHTTPClient(storageTransport(o))
	return c, nil
}

func (o *Options) fill() {
	if o.Version == "" {
		o.Version = "dev"
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&o.Timeout, DefaultTimeout},
		{&o.ConnectTimeout, DefaultConnectTimeout},
		{&o.TLSTimeout, DefaultTLSTimeout},
		{&o.AnswerTimeout, DefaultAnswerTimeout},
		{&o.StallWindow, DefaultStallWindow},
	} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	if o.StallRate <= 0 {
		o.StallRate = DefaultStallRate
	}
	if o.MaxConns <= 0 {
		o.MaxConns = DefaultMaxConns
	}
}

// WithKey returns a Client with another key that shares the connections of c: workspaces have keys of their own.
func (c *Client) WithKey(key KeySource) *Client {
	other := *c
	other.key = key
	return &other
}

// BaseHost is the API's host and port, for messages.
func (c *Client) BaseHost() string { return c.base.Host }

// Close closes idle connections. Requests under way are not touched; the Client stays usable.
func (c *Client) Close() {
	c.api.CloseIdleConnections()
	c.storage.CloseIdleConnections()
}
