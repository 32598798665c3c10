package flora

import (
	"context"
	"net/http/httptrace"
	"sync/atomic"
)

// tracker follows one request through its phases. Its hooks run on net/http's goroutines.
type tracker struct {
	phase   atomic.Value // Phase
	entered chan Phase   // for the guard of a transfer; nil otherwise
	wrote   chan struct{}
	written atomic.Bool // the whole request was taken without an error
	conn    atomic.Pointer[answerConn]
	ended   atomic.Bool
}

func newTracker() *tracker {
	t := &tracker{wrote: make(chan struct{})}
	t.phase.Store(PhaseDial)
	return t
}

// at is the phase reached. net/http calls a request written when its last bytes are in a buffer; a write that failed says otherwise.
func (t *tracker) at() Phase {
	p := t.phase.Load().(Phase)
	if p == PhaseAnswer && t.broken() {
		return PhaseWrite
	}
	return p
}

// whole tells whether the request was written to the end.
func (t *tracker) whole() bool { return t.written.Load() && !t.broken() }

func (t *tracker) broken() bool {
	conn := t.conn.Load()
	return conn != nil && conn.broken.Load()
}

func (t *tracker) enter(p Phase) {
	t.phase.Store(p)
	if t.entered == nil {
		return
	}
	select {
	case t.entered <- p:
	default: // the guard is gone, or will see a later one
	}
}

func (t *tracker) context(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart:          func(httptrace.DNSStartInfo) { t.enter(PhaseDNS) },
		ConnectStart:      func(string, string) { t.enter(PhaseDial) },
		TLSHandshakeStart: func() { t.enter(PhaseTLS) },
		GotConn: func(info httptrace.GotConnInfo) {
			t.conn.Store(answerConnOf(info.Conn))
			t.enter(PhaseWrite)
		},
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil {
				t.written.Store(true)
				t.enter(PhaseAnswer)
			}
			if t.ended.CompareAndSwap(false, true) {
				close(t.wrote)
			}
		},
	})
}
