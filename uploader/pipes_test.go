package uploader_test

import (
	"context"
	"net"
	"os"
	"sync"
	"syscall"
)

// pipes is a network in memory, so that time can be fake: whatever is dialled reaches the one listener.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
	mu    sync.Mutex
	fail  func(address string) error // what a dial says, instead of connecting
	open  map[net.Conn]string        // connections and what was dialled for them
}

func newPipes() *pipes {
	return &pipes{conns: make(chan net.Conn), done: make(chan struct{}), open: make(map[net.Conn]string)}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

func (p *pipes) dial(ctx context.Context, _, address string) (net.Conn, error) {
	p.mu.Lock()
	fail := p.fail
	p.mu.Unlock()
	if fail != nil {
		if err := fail(address); err != nil {
			return nil, err
		}
	}
	ours, theirs := net.Pipe()
	p.mu.Lock()
	p.open[ours] = address
	p.mu.Unlock()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// refused is what dialling a port says where nobody listens.
func refused(string) error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
}

// setFail has every dial ask fail from now on, and cuts the connections that could not be made now; nil: connections are made.
func (p *pipes) setFail(fail func(address string) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail = fail
	for c, address := range p.open {
		if fail != nil && fail(address) != nil {
			c.Close()
			delete(p.open, c)
		}
	}
}
