package sandbox

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// Op names an operation a fault can be aimed at.
type Op string

// The operations. Those of the API first, then the storage's.
const (
	OpCreate   Op = "create"     // POST /assets, source signed-url
	OpURL      Op = "create_url" // POST /assets, source a URL
	OpDirect   Op = "direct"     // POST /assets, multipart
	OpComplete Op = "complete"
	OpRetry    Op = "retry"
	OpRetrieve Op = "retrieve"
	OpList     Op = "list"
	OpAttach   Op = "attach"
	OpPost     Op = "post"  // a form post to the storage
	OpFetch    Op = "fetch" // a GET of an asset's bytes
)

var operations = []Op{
	OpCreate, OpURL, OpDirect, OpComplete, OpRetry, OpRetrieve, OpList, OpAttach, OpPost, OpFetch,
}

func (o Op) storage() bool { return o == OpPost || o == OpFetch }

// Call is one request as Options.Fault sees it: authorized, well-formed, its effect not begun.
type Call struct {
	Op        Op
	Workspace string // "" where the request names none
	Asset     string // id; "" where there is none yet
	Folder    string
	Name      string // file name
	Attempt   int    // of this operation on this workspace, folder and name in this life; from 1
	N         int    // of all calls in this life; from 1
	Key       string // the Idempotency-Key
	Size      int64  // Content-Length, -1 if unknown
}

// Fault is what goes wrong with one call. The zero value is: nothing. Of Drop, Hang, Status, Cut, After and Lost the
// first that is set takes place.
type Fault struct {
	Latency    time.Duration // wait first
	Late       bool          // of Latency: the request was held up on its way; it arrives also when its client has gone (Options.ReadAhead for posts)
	Drop       bool          // close the connection before the effect
	Hang       bool          // read the request whole, no effect, no answer until the client gives up
	Status     int           // answer this status before the effect
	RetryAfter time.Duration // of a Status 429; 0 = the one in force
	Code       string        // error.code of Status and After; "" = the usual one
	Cut        float64       // storage: close after this share of the body (0…1) was read; the body is not kept
	After      int           // take effect, then answer this status
	Lost       bool          // take effect, then close the connection without an answer
	Fail       string        // complete, create_url, direct: processing ends as failed with this failure_message
	Process    time.Duration // complete, create_url, direct: this much processing time more
	Gateway    bool          // Status and After come from a gateway: HTML instead of FLORA's error body

	// Then runs when the effect is durable, before the answer: a simulation kills the client here.
	Then func()
}

type attemptKey struct {
	op      Op
	subject string
}

// decide returns what goes wrong with c: what the hook says, else what the faults in force draw. A draw depends on
// seed, fault, operation, subject and attempt alone, so that the order in which requests arrive does not matter.
func (s *Server) decide(c *call) Fault {
	subject := c.workspace + "\x00" + c.folder + "\x00" + c.name
	s.mu.Lock()
	s.calls++
	k := attemptKey{c.op, subject}
	s.attempts[k]++
	named := Call{
		Op: c.op, Workspace: c.workspace, Asset: c.asset, Folder: c.folder, Name: c.name,
		Attempt: s.attempts[k], N: s.calls, Key: c.idempotencyKey, Size: c.r.ContentLength,
	}
	f := s.faults
	s.mu.Unlock()

	drawn := f.draw(c.op, subject, named.Attempt)
	if s.opts.Fault == nil {
		return drawn
	}
	asked := s.opts.Fault(named)
	if asked.quiet() {
		drawn.Then = asked.Then
		drawn.Latency += asked.Latency
		drawn.Late = asked.Late
		return drawn
	}
	return asked
}

func (f Fault) quiet() bool {
	return !f.Drop && !f.Hang && f.Status == 0 && f.Cut == 0 && f.After == 0 && !f.Lost && f.Fail == "" && f.Process == 0
}

func (f faults) draw(op Op, subject string, attempt int) Fault {
	out := Fault{Latency: f.latency}
	for _, sh := range f.shares {
		if (sh.op != "" && sh.op != op) || !out.quiet() {
			continue
		}
		u := f.uniform(sh.name, op, subject, attempt)
		if u.Float64() < sh.p {
			out.take(sh.name, op, u)
		}
	}
	return out
}

// uniform is a source of its own for each question.
func (f faults) uniform(name string, op Op, subject string, attempt int) *rand.Rand {
	h := fnv.New64a()
	h.Write(binary.BigEndian.AppendUint64(nil, f.seed))
	for _, part := range []string{name, string(op), subject, strconv.Itoa(attempt)} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return rand.New(rand.NewPCG(f.seed, h.Sum64()))
}

// take sets the fault of that name where it fits the operation.
func (out *Fault) take(name string, op Op, u *rand.Rand) {
	if code := statusFault(name); code != 0 && !op.storage() {
		out.Status = code
		return
	}
	gateway := []int{http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}[u.IntN(3)]
	switch {
	case name == "fail" && (op == OpComplete || op == OpURL || op == OpDirect):
		out.Fail = "processing failed (sandbox fault)"
	case name == "cut" && op == OpPost:
		out.Cut = 0.05 + 0.9*u.Float64()
	case op.storage():
		switch name {
		case "storage_lost":
			out.Lost = true
		case "storage_drop":
			out.Drop = true
		case "storage_hang":
			out.Hang = true
		case "storage_5xx":
			out.Status = gateway
		case "storage_after":
			out.After = gateway
		}
	case name == "lost":
		out.Lost = true
	case name == "drop":
		out.Drop = true
	case name == "hang":
		out.Hang = true
	case name == "error":
		out.Status = http.StatusInternalServerError
	case name == "error_after":
		out.After = http.StatusInternalServerError
	case name == "5xx":
		out.Status, out.Gateway = gateway, true
	}
}

// hang takes the whole request and never answers it. The body must be read first: net/http notices that a client is
// gone only then.
func hang(r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err == nil {
		<-r.Context().Done()
	}
	panic(http.ErrAbortHandler)
}

// wait returns after the fault's latency, or ends the request when the client gives up first.
func (f Fault) wait(ctx context.Context) {
	d := f.Latency
	if d <= 0 {
		return
	}
	if f.Late {
		ctx = context.WithoutCancel(ctx)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
		panic(http.ErrAbortHandler)
	}
}
