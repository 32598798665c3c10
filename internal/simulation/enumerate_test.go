package simulation

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
)

// TestWithoutCrash runs the servers and the setups well.
func TestWithoutCrash(t *testing.T) {
	enumerates(t)
	each(func(s server, c setup) {
		t.Run(s.name+"/"+c.name, func(t *testing.T) { plan{server: s, setup: c, files: 3}.run(t) })
	})
}

// TestCrashAtEveryEvent kills a life after each commit, with each commit lost, and after each effect at FLORA before its answer.
func TestCrashAtEveryEvent(t *testing.T) {
	enumerates(t)
	var runs atomic.Int64
	each(func(s server, c setup) {
		t.Run(s.name+"/"+c.name, func(t *testing.T) {
			p := plan{server: s, setup: c}
			for _, c := range crashesOf(p.run(t)) {
				p.crashes = []*crash{c}
				p.run(t)
				runs.Add(1)
			}
		})
	})
	t.Logf("%d runs", runs.Load())
}

// TestCrashTwice kills the first life at each event, and the second at each of its own.
func TestCrashTwice(t *testing.T) {
	enumerates(t)
	var runs atomic.Int64
	take := sampled(3)
	each(func(s server, c setup) {
		t.Run(s.name+"/"+c.name, func(t *testing.T) {
			p := plan{server: s, setup: c}
			for _, first := range crashesOf(p.run(t)) {
				p.crashes = []*crash{first}
				if !take.row() {
					continue
				}
				second := p.run(t).again
				for _, again := range crashesOf(trace{events: second}) {
					if !take.one() {
						continue
					}
					p.crashes = []*crash{first, again}
					p.run(t)
					runs.Add(1)
				}
			}
		})
	})
	t.Logf("%d runs", runs.Load())
}

// TestFaultAtEveryCall lets each call go wrong in each way.
func TestFaultAtEveryCall(t *testing.T) {
	enumerates(t)
	var runs atomic.Int64
	take := sampled(9)
	each(func(s server, c setup) {
		t.Run(s.name+"/"+c.name, func(t *testing.T) {
			p := plan{server: s, setup: c}
			for _, f := range faultsOf(p.run(t).calls) {
				if !take.one() {
					continue
				}
				p.faults = []fault{f}
				p.run(t)
				runs.Add(1)
			}
		})
	})
	t.Logf("%d runs", runs.Load())
}

// TestFaultThenCrash lets each call go wrong in each way, and kills the life at each event before or after that.
func TestFaultThenCrash(t *testing.T) {
	enumerates(t)
	var runs atomic.Int64
	take := sampled(13)
	each(func(s server, c setup) {
		t.Run(s.name+"/"+c.name, func(t *testing.T) {
			p := plan{server: s, setup: c}
			for _, f := range faultsOf(p.run(t).calls) {
				p.faults, p.crashes = []fault{f}, nil
				if !take.row() {
					continue
				}
				for _, c := range crashesOf(p.run(t)) {
					if !take.one() {
						continue
					}
					p.crashes = []*crash{c}
					p.run(t)
					runs.Add(1)
				}
			}
		})
	})
	t.Logf("%d runs", runs.Load())
}

// TestArrivesInTheNextLife kills a life while a request of it is on its way, which arrives after the next life began: before, between and behind the
// requests that this one makes.
func TestArrivesInTheNextLife(t *testing.T) {
	enumerates(t)
	var runs atomic.Int64
	take := sampled(13)
	each(func(s server, c setup) {
		t.Run(s.name+"/"+c.name, func(t *testing.T) {
			p := plan{server: s, setup: c}
			for n, call := range p.run(t).calls {
				for _, by := range []time.Duration{time.Millisecond, 150 * time.Millisecond, time.Second, 10 * time.Second, 5 * time.Minute} {
					if k := held(by); k.fits(call.Op) && take.one() {
						p.faults = []fault{{n: n, kind: k, dies: true}}
						p.run(t)
						runs.Add(1)
					}
				}
			}
		})
	})
	t.Logf("%d runs", runs.Load())
}

// TestPlans plays random plans by seed: one file or three, at any server, with crashes, faults and requests that are held up.
func TestPlans(t *testing.T) {
	t.Parallel()
	eachSeed(t, 50, func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 3))
		p := plan{server: anyServer(r), setup: setups[r.IntN(len(setups))], files: 1 + r.IntN(3)}
		for range r.IntN(3) {
			p.crashes = append(p.crashes, &crash{at: r.IntN(12 * p.files), lost: r.IntN(2) == 0})
		}
		for range r.IntN(4) {
			f := fault{n: r.IntN(10 * p.files), kind: faultKinds[r.IntN(len(faultKinds))]}
			if r.IntN(3) == 0 {
				f = fault{n: f.n, kind: held(time.Duration(1+r.IntN(200_000)) * time.Millisecond), dies: r.IntN(2) == 0}
			}
			p.faults = append(p.faults, f)
		}
		defer func() {
			if t.Failed() {
				t.Logf("again: go test ./internal/simulation -run TestPlans -simulation.seed %d", seed)
			}
		}()
		p.run(t)
	})
}

// each calls fn for the pairs of servers and setups: all of them in a long run, else every setup at the strict server, and every server with one setup.
func each(fn func(s server, c setup)) {
	for i, s := range servers {
		for j, c := range setups {
			if *long || i == 0 || j == 1+i%(len(setups)-1) {
				fn(s, c)
			}
		}
	}
}

// sample takes one plan in n of what an enumeration makes; all of them in a long run, and where every one is asked for.
type sample struct{ n, seen, rows int }

func sampled(n int) *sample { return &sample{n: n} }

func (s *sample) one() bool {
	s.seen++
	return *long || *every || s.seen%s.n == 0
}

// row says whether the plans that hang on one more run are made at all: finding them costs a run.
func (s *sample) row() bool {
	s.rows++
	return *long || *every || s.rows%29 == 0
}

// crashesOf returns every way to kill the life that was seen: at each event, and at each commit with that lost.
func crashesOf(seen trace) (all []*crash) {
	for i, e := range seen.events {
		all = append(all, &crash{at: i})
		if e.commit {
			all = append(all, &crash{at: i, lost: true})
		}
	}
	return all
}

// faultsOf returns every fault at every call that was seen.
func faultsOf(calls []sandbox.Call) (all []fault) {
	for n, c := range calls {
		for _, k := range faultKinds {
			if k.fits(c.Op) {
				all = append(all, fault{n: n, kind: k})
			}
		}
	}
	return all
}
