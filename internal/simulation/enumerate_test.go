package simulation

import (
	"testing"
)

// TestWithoutCrash runs every server and every setup well.
func TestWithoutCrash(t *testing.T) {
	t.Parallel()
	for _, s := range servers {
		for _, c := range setups {
			t.Run(s.name+"/"+c.name, func(t *testing.T) { plan{server: s, setup: c, files: 2}.run(t) })
		}
	}
}

// TestCrashAtEveryEvent kills a life after each commit, with each commit lost, and after each effect at FLORA before its answer.
func TestCrashAtEveryEvent(t *testing.T) {
	t.Parallel()
	runs := 0
	each(func(i, j int, s server, c setup) {
		t.Run(s.name+"/"+c.name, func(t *testing.T) {
			p := plan{server: s, setup: c}
			for _, c := range crashesOf(p.run(t)) {
				p.crashes = []*crash{c}
				p.run(t)
				runs++
			}
		})
	})
	t.Logf("%d runs", runs)
}

// each calls fn for the pairs of servers and setups: all of them in a long run, else enough that each server meets a setup with every step, and each
// setup the servers that change most.
func each(fn func(i, j int, s server, c setup)) {
	for i, s := range servers {
		for j, c := range setups {
			if *long || j == 1+i%(len(setups)-1) || i == 0 {
				fn(i, j, s, c)
			}
		}
	}
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
