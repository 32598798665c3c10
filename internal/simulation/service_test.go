package simulation

import (
	"context"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
)

// service is FLORA: one sandbox that outlives every machine's lives.
type service struct {
	t       *testing.T
	options sandbox.Options
	box     *sandbox.Server
	stop    func()

	waiting chan struct{} // holds a token while nobody waits for stillness

	mu       sync.Mutex
	calls    []sandbox.Call
	taken    map[string]bool                           // assets whose completion was taken
	late     map[lateCall]bool                         // what was held up on its way
	arrived  time.Time                                 // when the last of those arrives
	fault    func(n int, c sandbox.Call) sandbox.Fault // n counts the calls, from 0
	refusing bool                                      // a fault was asked for after which a row may fail
	machines []*machine
}

// newService starts a sandbox on the network; it must run inside a bubble.
func newService(t *testing.T, dir string, n *network, o sandbox.Options) *service {
	t.Helper()
	s := &service{t: t, options: o, waiting: make(chan struct{}, 1), taken: map[string]bool{}, late: map[lateCall]bool{}}
	s.waiting <- struct{}{}
	o.Dir, o.NoSync, o.ReadAhead, o.URL, o.Fault = filepath.Join(dir, "flora"), true, true, "http://localhost", s.decide
	if o.Seed == 0 {
		o.Seed = 1
	}
	var err error
	if s.box, err = sandbox.Open(o); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.box.Serve(ctx, n) }()
	s.stop = func() {
		time.Sleep(time.Minute) // a handler whose client was killed while it waited ends here
		cancel()
		if err := <-served; err != nil {
			t.Errorf("sandbox: %v", err)
		}
		if err := s.box.Close(); err != nil {
			t.Errorf("sandbox: %v", err)
		}
	}
	return s
}

// still returns when everything waits: what a killed process left on its way has arrived, or is lost. One goroutine at a time may ask synctest.
func (s *service) still() {
	<-s.waiting
	synctest.Wait()
	s.waiting <- struct{}{}
}

// changes are the operations with an effect at FLORA.
var changes = map[sandbox.Op]bool{sandbox.OpCreate: true, sandbox.OpURL: true, sandbox.OpComplete: true, sandbox.OpRetry: true, sandbox.OpAttach: true,
	sandbox.OpPost: true}

// decide is asked by the sandbox at every call: the fault of the plan, and the life under test is told when the effect is durable.
func (s *service) decide(c sandbox.Call) sandbox.Fault {
	s.mu.Lock()
	n := len(s.calls)
	s.calls = append(s.calls, c)
	plan := s.fault
	var l *life
	if len(s.machines) > 0 {
		l = s.machines[0].now.Load()
	}
	s.mu.Unlock()
	var f sandbox.Fault
	if plan != nil {
		f = plan(n, c)
	}
	if c.Op == sandbox.OpComplete && (f.Status == http.StatusBadRequest || f.Status == http.StatusUnprocessableEntity) && s.wasTaken(c.Asset) {
		f = sandbox.Fault{}
	}
	if f.Late && !s.held(c, f.Latency) {
		f = sandbox.Fault{}
	}
	if changes[c.Op] {
		f.Then = func() {
			if c.Op == sandbox.OpComplete {
				s.take(c.Asset)
			}
			if l != nil {
				l.happened(event{effect: string(c.Op), name: c.Name})
			}
		}
	}
	return f
}

// held notes a request that is held up. It reports false for a complete whose bytes were held up, too, or the other way round: when both arrive after they
// were given up, and another asset was reserved since FLORA said that the bytes are missing, no client can keep the first one from becoming ready.
func (s *service) held(c sandbox.Call, by time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	other := map[sandbox.Op]sandbox.Op{sandbox.OpComplete: sandbox.OpPost, sandbox.OpPost: sandbox.OpComplete}[c.Op]
	if s.late[lateCall{c.Asset, other}] {
		return false
	}
	s.late[lateCall{c.Asset, c.Op}] = true
	if at := time.Now().Add(by); at.After(s.arrived) {
		s.arrived = at
	}
	return true
}

// lateCall names requests that were held up.
type lateCall struct {
	asset string
	op    sandbox.Op
}

// settle returns when everything that was held up on its way has arrived.
func (s *service) settle() {
	s.mu.Lock()
	arrived := s.arrived
	s.mu.Unlock()
	time.Sleep(time.Until(arrived) + time.Second)
	s.still()
}

// wasTaken reports an asset whose completion was taken. To refuse it for bytes that are missing would be a lie from then on, which no client can tell from
// the truth while the asset is processed: what FLORA says of it is evidence.
func (s *service) wasTaken(asset string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken[asset]
}

func (s *service) take(asset string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken[asset] = true
}

func (s *service) called() []sandbox.Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]sandbox.Call(nil), s.calls...)
}

// emptyIsReady: this FLORA makes an asset ready that has no bytes.
func (s *service) emptyIsReady() bool { return s.options.Empty == sandbox.EmptyReady }

// tellsSize: without a size nothing is filed away.
func (s *service) tellsSize() bool { return !s.options.NullSize }

func (s *service) mayRefuse() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refusing
}

func (s *service) mayFail() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusing = true
}
