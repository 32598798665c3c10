package simulation

import "flag"

// The length of a run is a flag: the default is what a submission can wait for, the rest is for a machine that is left alone.
var (
	long     = flag.Bool("simulation.long", false, "every pair of crashes, every fault before every crash, every server with every setup")
	seedFlag = flag.Uint64("simulation.seed", 0, "the first seed to play; without -simulation.runs the only one")
	runsFlag = flag.Int("simulation.runs", 0, "how many seeds to play, one after the other; 0: a few")
)

// seeds returns the first seed to play and how many follow.
func seeds() (first uint64, n int) {
	const few = 40
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
