package flora

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	idleConnTimeout   = 60 * time.Second
	maxHeaderBytes    = 64 << 10
	uploadBufferBytes = 64 << 10
	// heldWriteError bounds how long a broken write waits for the answer that explains it. See answerConn.
	heldWriteError = 2 * time.Second
)

func newHTTPClient(t http.RoundTripper) *http.Client {
	return &http.Client{
		Transport: t,
		// A redirect would carry the body, and on the API the key, to a host that nobody chose. It comes back as the answer.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func baseTransport(o Options) *http.Transport {
	dial := o.Dial
	if dial == nil {
		dial = (&net.Dialer{KeepAlive: keepAlive}).DialContext
	}
	t := &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			ctx, cancel := context.WithTimeoutCause(ctx, o.ConnectTimeout, errConnectTimeout)
			defer cancel()
			conn, err := dial(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &answerConn{Conn: conn, closed: make(chan struct{})}, nil
		},
		TLSHandshakeTimeout:    o.TLSTimeout,
		IdleConnTimeout:        idleConnTimeout,
		MaxIdleConns:           8 * o.MaxConns,
		MaxIdleConnsPerHost:    o.MaxConns,
		MaxResponseHeaderBytes: maxHeaderBytes,
		Protocols:              new(http.Protocols),
	}
	t.Protocols.SetHTTP1(true)
	t.Protocols.SetHTTP2(o.HTTP2)
	if o.RootCAs != nil {
		t.TLSClientConfig = &tls.Config{RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12}
	}
	return t
}

// storageTransport dials public addresses only, unless the API itself is on this machine, or the caller dials.
func storageTransport(o Options) http.RoundTripper {
	if o.Dial != nil || isLoopback(o.BaseURL.Hostname()) {
		return bulkTransport(o)
	}
	return newPublicTransport(http.ProxyFromEnvironment, func(dial DialFunc) *http.Transport {
		o := o
		o.Dial = dial
		return bulkTransport(o)
	})
}

func bulkTransport(o Options) *http.Transport {
	t := baseTransport(o)
	t.WriteBufferSize = uploadBufferBytes
	t.DisableCompression = true // bytes are compared by digest
	return t
}

// answerConn makes an early answer win over the broken write that follows it.
//
// A server that refuses a large body answers and closes. The next write then fails, and net/http returns whichever it sees
// first: the write error or the answer, at random. So a failed write is held back until the connection is closed, which
// net/http does as soon as its read side has the answer or the end, or for heldWriteError at most.
type answerConn struct {
	net.Conn
	once   sync.Once
	closed chan struct{}
	broken atomic.Bool // a write failed
}

func (c *answerConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if err != nil {
		c.broken.Store(true)
		timer := time.NewTimer(heldWriteError)
		defer timer.Stop()
		select {
		case <-c.closed:
		case <-timer.C:
		}
	}
	return n, err
}

// ReadFrom is what net/http copies a body with where there is no TLS: with a buffer that is used again, and not one of its own for each file.
func (c *answerConn) ReadFrom(r io.Reader) (int64, error) {
	buf := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buf)
	return io.CopyBuffer(struct{ io.Writer }{c}, r, *buf)
}

var copyBuffers = sync.Pool{New: func() any {
	buf := make([]byte, uploadBufferBytes)
	return &buf
}}

func (c *answerConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// answerConnOf finds the answerConn beneath TLS.
func answerConnOf(conn net.Conn) *answerConn {
	for {
		switch c := conn.(type) {
		case *answerConn:
			return c
		case interface{ NetConn() net.Conn }:
			conn = c.NetConn()
		default:
			return nil
		}
	}
}
