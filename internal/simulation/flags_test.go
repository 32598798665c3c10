package simulation

import "flag"

// The length of a run is a flag: the default is what a submission can wait for, the rest is for a machine that is left alone.
var (
	long     = flag.Bool("simulation.long", false, "every pair of crashes, every fault before every crash, every server with every setup")
	seedFlag = flag.Uint64("simulation.seed", 0, "play this seed alone")
	runsFlag = flag.Int("simulation.runs", 60, "random seeds to play")
)
