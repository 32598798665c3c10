package flora

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestTrickle: what moves slower than the rate over a window is cut, though it never stands still; what moves faster never is, however long it takes.
func TestTrickle(t *testing.T) {
	for name, c := range map[string]struct {
		rate int // bytes a second that the storage takes
		cut  bool
	}{
		"BelowTheRate": {DefaultStallRate / 2, true},
		"AboveTheRate": {2 * DefaultStallRate, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, stop := serveMemory(t, func(w http.ResponseWriter, q *http.Request) {
					for {
						if _, err := io.CopyN(io.Discard, q.Body, int64(c.rate)); err != nil {
							break
						}
						time.Sleep(time.Second)
					}
					w.WriteHeader(204)
				})
				defer stop()
				const size = 600 << 10
				began := time.Now()
				_, err := client.Upload(t.Context(), formFor(t, "http://127.0.0.1:1/b", `{}`), File{Size: size, Body: zeros{}})
				took := time.Since(began)
				switch {
				case c.cut && (!errors.Is(err, ErrStalled) || took > 3*DefaultStallWindow):
					t.Errorf("after %v: %v", took, err)
				case !c.cut && (err != nil || took < 4*DefaultStallWindow):
					t.Errorf("after %v: %v", took, err)
				}
			})
		})
	}
}

// peers are the other ends of connections on which nobody speaks HTTP as it should be.
type peers struct{ all sync.WaitGroup }

// dial connects to a peer.
func (p *peers) dial(peer func(net.Conn)) DialFunc {
	return func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		p.all.Go(func() {
			defer theirs.Close()
			peer(theirs)
		})
		return ours, nil
	}
}

// TestEachPartHasATimeOfItsOwn: a handshake that never ends, and headers that never end though each second brings a byte of them.
func TestEachPartHasATimeOfItsOwn(t *testing.T) {
	deaf := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	headers := func(c net.Conn) {
		if _, err := c.Read(make([]byte, 1)); err != nil {
			return
		}
		go func() { _, _ = io.Copy(io.Discard, c) }() // ends with c
		w := bufio.NewWriterSize(c, 16)
		_, err := w.WriteString("HTTP/1.1 200 OK\r\nX-Slow: ")
		for err == nil {
			time.Sleep(time.Second)
			_ = w.WriteByte('x')
			err = w.Flush()
		}
	}
	upload := func(url string) func(*testing.T, *Client) error {
		return func(t *testing.T, c *Client) error {
			_, err := c.Upload(t.Context(), formFor(t, url, `{}`), fileOf("hello"))
			return err
		}
	}
	retrieve := func(t *testing.T, c *Client) error {
		_, _, err := c.Retrieve(t.Context(), assetID)
		return err
	}
	for name, c := range map[string]struct {
		base string
		peer func(net.Conn)
		call func(*testing.T, *Client) error
		at   Phase
		took time.Duration
	}{
		"HandshakeOfTheStorage": {"http://127.0.0.1:1/api/v1", deaf, upload("https://127.0.0.1:1/b"), PhaseTLS, DefaultTLSTimeout},
		"HandshakeOfTheAPI":     {"https://127.0.0.1:1/api/v1", deaf, retrieve, PhaseTLS, DefaultTLSTimeout},
		"HeadersOfTheStorage":   {"http://127.0.0.1:1/api/v1", headers, upload("http://127.0.0.1:1/b"), PhaseAnswer, DefaultAnswerTimeout},
		"HeadersOfTheAPI":       {"http://127.0.0.1:1/api/v1", headers, retrieve, PhaseAnswer, DefaultTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var p peers
				client := newTestClient(t, c.base, func(o *Options) { o.Dial, o.Timeout = p.dial(c.peer), DefaultTimeout })
				began := time.Now()
				err := c.call(t, client)
				if !timedOutAt(c.at)(err) {
					t.Errorf("got %v", err)
				}
				if took := time.Since(began); took < c.took || took > c.took+time.Second {
					t.Errorf("took %v, want %v", took, c.took)
				}
				client.Close()
				p.all.Wait()
			})
		})
	}
}
