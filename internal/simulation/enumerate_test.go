package simulation

import (
	"sync/atomic"
	"testing"

	"github.com/florasync/florasync/internal/sandbox"
)

// TestWithoutCrash runs the servers and the setups well.
func TestWithoutCrash(t *testing.T) {
	t.Parallel()
	each(func(s server, c setup) {
		t.Run(s.name+"/"+c.name, func(t *testing.T) { plan{server: s, setup: c, files: 3}.run(t) })
	})
}

// TestCrashAtEveryEvent kills a life after each commit, with each commit lost, and after each effect at FLORA before its answer.
func TestCrashAtEveryEvent(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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

// sample takes one plan in n of what an enumeration makes; all of them in a long run.
type sample struct{ n, seen, rows int }

func sampled(n int) *sample { return &sample{n: n} }

func (s *sample) one() bool {
	s.seen++
	return *long || s.seen%s.n == 0
}

// row says whether the plans that hang on one more run are made at all: finding them costs a run.
func (s *sample) row() bool {
	s.rows++
	return *long || s.rows%29 == 0
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
