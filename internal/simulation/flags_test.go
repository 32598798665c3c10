package simulation

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"
)

// The length of a run is a flag: the default is what a submission can wait for, the rest is for a machine that is left alone.
var (
	long     = flag.Bool("simulation.long", false, "every pair of crashes, every fault before every crash, every server with every setup")
	every    = flag.Bool("simulation.every", false, "the same at the strict server with every setup, and at every server with one setup")
	seedFlag = flag.Uint64("simulation.seed", 0, "the first seed to play; without -simulation.runs and -simulation.for the only one")
	runsFlag = flag.Int("simulation.runs", 0, "how many seeds to play of each kind; 0: a few")
	forFlag  = flag.Duration("simulation.for", 0, "play seeds of each kind until so much time has passed since the start, from -simulation.seed on or from a random one; "+
		"the enumerations are left out")
	started = time.Now()
)

// seeds returns the first seed to play and how many follow.
func seeds(few int) (first uint64, n int) {
	switch {
	case *seedFlag == 0 && *runsFlag == 0:
		return 1, few
	case *seedFlag == 0:
		return 1, *runsFlag
	case *runsFlag == 0:
		return *seedFlag, 1
	}
	return *seedFlag, *runsFlag
}

// roundSeeds is how many seeds are a round: so many that a round takes seconds, and its end, where some processors wait, counts little.
const roundSeeds = 20

// failuresMax is how many failures end a run that lasts for a time.
const failuresMax = 5

// eachSeed plays what seeds stand for: a few of them, as many as the flags say, or until the time is over. More tests do than there may be processors: those
// that last for a time play round after round, and give the processors back after each.
func eachSeed(t *testing.T, few int, play func(t *testing.T, seed uint64)) {
	if *forFlag == 0 {
		first, n := seeds(few)
		for seed := first; seed < first+uint64(n); seed++ {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				play(t, seed)
			})
		}
		return
	}
	first := *seedFlag
	if first == 0 {
		first = rand.Uint64() >> 16
	}
	name, next := t.Name(), first
	var failures atomic.Int64
	fmt.Printf("%s from seed %d on, until %v\n", name, first, started.Add(*forFlag).Format(time.TimeOnly))
	t.Cleanup(func() { fmt.Printf("%s: %d played\n", name, next-first) })
	for time.Since(started) < *forFlag && failures.Load() < failuresMax {
		t.Run(fmt.Sprint("from", next), func(t *testing.T) {
			for seed := next; seed < next+roundSeeds; seed++ {
				t.Run(fmt.Sprint(seed), func(t *testing.T) {
					t.Parallel()
					defer func() {
						if t.Failed() { // what failed is told when the run ends, an hour later
							failures.Add(1)
							fmt.Printf("%s failed: go test ./internal/simulation -run %s -simulation.seed %d\n", name, name, seed)
						}
					}()
					play(t, seed)
				})
			}
		})
		next += roundSeeds
	}
}

// enumerates leaves the enumerations out of a run that lasts for a time: the seeds draw from what they would play.
func enumerates(t *testing.T) {
	if *forFlag > 0 {
		t.Skip("left out by -simulation.for")
	}
	t.Parallel()
}
