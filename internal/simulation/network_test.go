package simulation

import (
	"context"
	"net"
	"os"
	"sync"
	"syscall"
)

// network is a network in memory, so that time can be fake: whatever is dialled reaches the one listener, unless it is cut.
type network struct {
	incoming chan net.Conn
	done     chan struct{}
	once     sync.Once

	mu    sync.Mutex
	down  bool
	pipes []net.Conn
}

func newNetwork() *network {
	return &network{incoming: make(chan net.Conn), done: make(chan struct{})}
}

// peer is the same network for another machine, which is cut by itself.
func (n *network) peer() *network { return &network{incoming: n.incoming, done: n.done} }

func (n *network) Accept() (net.Conn, error) {
	select {
	case c := <-n.incoming:
		return c, nil
	case <-n.done:
		return nil, net.ErrClosed
	}
}

func (n *network) Close() error {
	n.once.Do(func() { close(n.done) })
	return nil
}

func (n *network) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

// dial connects to the sandbox.
func (n *network) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	if !n.keep(ours, theirs) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	select {
	case n.incoming <- theirs:
		return ours, nil
	case <-n.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (n *network) keep(conns ...net.Conn) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.down {
		return false
	}
	n.pipes = append(n.pipes, conns...)
	return true
}

// cut closes every connection and refuses new ones until mend.
func (n *network) cut() {
	n.mu.Lock()
	pipes := n.pipes
	n.down, n.pipes = true, nil
	n.mu.Unlock()
	for _, c := range pipes {
		_ = c.Close() // in memory: nothing to say
	}
}

func (n *network) mend() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.down = false
}
