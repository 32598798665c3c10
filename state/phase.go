package state

import "fmt"

// Phase names the last fact about a row that is durably true. It never names an activity: what is being done is memory, and dies with the process.
type Phase uint8

// The phases, in the order a file passes them.
const (
	// Queued: the version settled and is recorded. At FLORA there may be nothing, or reservations that were never completed and so never become
	// ready; after a retry of an ambiguous row also an asset that may be. The queue puts a row here; also a given-up reservation, one generation on.
	Queued Phase = iota
	// Reserved: FLORA gave an asset id; the request body is frozen. The signed form lives in memory only: after a restart it is gone.
	// At FLORA: a pending asset, perhaps with bytes that nobody completed.
	Reserved
	// Uploaded: storage said 2xx and the proof held: exactly the recorded size, then EOF, the open descriptor's identity unchanged, nobody writing.
	// From here on the file on disk does not matter until it is filed away.
	Uploaded
	// Completed: FLORA took the completion and is processing.
	Completed
	// Ready: FLORA said ready, and its size, when told, is the size sent.
	Ready
	// Attached: on the project's canvas, or no project was asked for and the source still has to be filed away.
	Attached
	// Done: what became of the source is recorded. Final.
	Done
	phaseN
)

var phaseNames = [phaseN]string{"queued", "reserved", "uploaded", "completed", "ready", "attached", "done"}

// String returns the word used in JSON and logs.
func (p Phase) String() string {
	if p < phaseN {
		return phaseNames[p]
	}
	return fmt.Sprintf("phase(%d)", uint8(p))
}

// Halt stands beside the phase of a row that will not move by itself.
type Halt uint8

// The halts.
const (
	// None: the row moves.
	None Halt = iota
	// Failed: gave up before ready; the fault says why. Only `retry` moves it.
	Failed
	// Skipped: the version is not wanted or not there any more; the reason says why. Nothing was made ready.
	Skipped
)

// String returns "", "failed" or "skipped".
func (h Halt) String() string {
	switch h {
	case None:
		return ""
	case Failed:
		return "failed"
	case Skipped:
		return "skipped"
	}
	return fmt.Sprintf("halt(%d)", uint8(h))
}

// Standing is the state of a row as commands and counters show it: every row is in exactly one.
type Standing uint8

// The standings. Active is waiting with an attempt under way now, which only the running process knows.
const (
	StandsWaiting Standing = iota
	StandsActive
	StandsReady
	StandsFailed
	StandsSkipped
	StandingN
)

var standingNames = [StandingN]string{"waiting", "active", "ready", "failed", "skipped"}

// String returns the word of the contract's `state` field.
func (s Standing) String() string {
	if s < StandingN {
		return standingNames[s]
	}
	return fmt.Sprintf("standing(%d)", uint8(s))
}

// ParseStanding reads a word of the contract's `state` field.
func ParseStanding(word string) (Standing, bool) {
	for i, name := range standingNames {
		if name == word {
			return Standing(i), true
		}
	}
	return 0, false
}
