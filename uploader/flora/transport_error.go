package flora

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"syscall"
)

// Phase is how far a request got when its transport failed.
type Phase string

// The phases, in order.
const (
	PhaseDNS    Phase = "dns"    // looking up the host, or the proxy
	PhaseDial   Phase = "dial"   // connecting, also through a proxy
	PhaseTLS    Phase = "tls"    // the handshake
	PhaseWrite  Phase = "write"  // sending; the server may have seen all of it
	PhaseAnswer Phase = "answer" // the whole request was written, the answer is missing or cut
)

// TransportError is a request without a (whole) answer. In the phases dns, dial and tls the server saw nothing of it.
// Its texts name the host and nothing else of the URL.
type TransportError struct {
	Op      Op
	Host    string // host, with the port when it was given
	Phase   Phase
	Timeout bool  // a bound of ours or of the system ran out
	Status  int   // when an answer had begun; else 0
	Err     error // scrubbed; errors.Is finds context errors, ErrStalled, io and syscall errors
}

func (e *TransportError) Error() string {
	return string(e.Op) + ": " + string(e.Phase) + " " + e.Host + ": " + e.Err.Error()
}
func (e *TransportError) Unwrap() error { return e.Err }

// cause is an error's text without secrets, and the errors it can safely be compared with. The original is dropped: its
// parts carry URLs.
type cause struct {
	text string
	is   []error
}

func (c *cause) Error() string   { return c.text }
func (c *cause) Unwrap() []error { return c.is }

var comparable = []error{
	context.Canceled, context.DeadlineExceeded, os.ErrDeadlineExceeded, net.ErrClosed, io.EOF, io.ErrUnexpectedEOF,
	io.ErrClosedPipe, ErrStalled, ErrEarlyAnswer, ErrPrivateAddress, errConnectTimeout, errAnswerTimeout,
}

func newCause(err error, red redactor, extra ...error) *cause {
	var u *url.Error
	for errors.As(err, &u) {
		err = u.Err
	}
	c := &cause{text: red.text(err.Error()), is: extra}
	for _, known := range comparable {
		if errors.Is(err, known) {
			c.is = append(c.is, known)
		}
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		c.is = append(c.is, errno)
	}
	return c
}

// transportError names what broke. A context that ended says why better than the error it left behind.
func transportError(ctx context.Context, op Op, host string, phase Phase, err error, red redactor) *TransportError {
	var extra []error
	if ctx.Err() != nil {
		err = context.Cause(ctx)
		extra = append(extra, ctx.Err(), err)
	}
	e := &TransportError{Op: op, Host: host, Phase: phaseOf(err, phase), Err: newCause(err, red, extra...)}
	var timeout interface{ Timeout() bool }
	e.Timeout = errors.As(err, &timeout) && timeout.Timeout() || errors.Is(err, ErrStalled) ||
		errors.Is(err, errConnectTimeout) || errors.Is(err, errAnswerTimeout)
	return e
}

// phaseOf trusts the error's type where it has one, and the trace where it has none.
func phaseOf(err error, traced Phase) Phase {
	var (
		dns    *net.DNSError
		op     *net.OpError
		verify *tls.CertificateVerificationError
		record tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &dns):
		return PhaseDNS
	case errors.As(err, &verify), errors.As(err, &record):
		return PhaseTLS
	case errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect"), errors.Is(err, errConnectTimeout):
		if traced == PhaseDNS {
			return PhaseDNS
		}
		return PhaseDial
	}
	return traced
}
