package flora

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// memory is a listener of net.Pipe connections, which testing/synctest can see waiting.
type memory struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newMemory() *memory { return &memory{conns: make(chan net.Conn), done: make(chan struct{})} }

func (m *memory) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case m.conns <- server:
		return client, nil
	case <-m.done:
		return nil, errors.New("closed")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (m *memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.conns:
		return c, nil
	case <-m.done:
		return nil, net.ErrClosed
	}
}
func (m *memory) Close() error   { m.once.Do(func() { close(m.done) }); return nil }
func (m *memory) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// serveMemory serves handle for a client in the same synctest bubble. stop must be called within it.
func serveMemory(t *testing.T, handle http.HandlerFunc, change ...func(*Options)) (c *Client, stop func()) {
	t.Helper()
	m := newMemory()
	var serving sync.WaitGroup
	server := &http.Server{Handler: handle, ConnState: func(_ net.Conn, s http.ConnState) {
		switch s {
		case http.StateNew:
			serving.Add(1)
		case http.StateClosed, http.StateHijacked:
			serving.Done()
		}
	}}
	serving.Go(func() { _ = server.Serve(m) })
	c = newTestClient(t, "http://127.0.0.1:1/api/v1", append([]func(*Options){func(o *Options) {
		o.Dial = m.Dial
		o.Timeout = DefaultTimeout
	}}, change...)...)
	return c, func() {
		c.Close()
		_ = server.Close()
		serving.Wait()
	}
}

// rawServer hands every connection on loopback to handle, one goroutine each.
func rawServer(t *testing.T, handle func(n int, c *net.TCPConn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for n := 0; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.SetDeadline(time.Now().Add(10 * time.Second))
			serving.Go(func() {
				defer c.Close()
				handle(n, c.(*net.TCPConn))
			})
		}
	})
	t.Cleanup(func() { _ = l.Close(); serving.Wait() })
	return "http://" + l.Addr().String()
}
