package telemetry

import (
	"time"

	"github.com/florasync/florasync/state"
)

// line is one fact, before it is written one way or another. Zero fields do not apply.
type line struct {
	at      time.Time
	level   Level
	event   state.Event
	root    string
	path    state.Path
	item    state.ID
	phase   string
	attempt int
	asset   string
	url     string // the asset's
	source  string // the URL an asset is made from
	movedTo string
	bytes   int64
	took    time.Duration
	class   string
	reason  string
	err     string
	hint    string
	request string
	n       int64
	counts  map[string]int64
	until   time.Time
}

// lineOf tells a transition.
func lineOf(a state.Applied, at time.Time) line {
	it, o := a.After, a.Change.Outcome
	l := line{at: at, root: it.Root, path: it.Path, item: it.ID, phase: it.Phase.String(), attempt: int(it.Attempt), asset: it.AssetID,
		url: state.ShownURL(it.AssetURL), source: state.ShownURL(it.URL), bytes: it.Print.Size, took: o.Took(), reason: string(it.Reason),
		request: o.RequestID(), until: it.Due}
	l.event, l.level = EventOf(a)
	if it.Away == state.AwayMoved {
		l.movedTo = it.MovedTo
	}
	fault := o.Fault()
	if fault == nil && it.Halt != state.None {
		fault = it.Fault
	}
	if fault != nil {
		l.class, l.err, l.hint = fault.Class.String(), scrub(fault.Error()), scrub(fault.Hint)
		if l.reason == "" {
			l.reason = fault.Code
		}
		if l.request == "" {
			l.request = fault.RequestID
		}
	}
	return l
}

// lineOfNotice tells a notice. An event that is not in the table is a bug of the teller and is told as it is, so that nothing is lost.
func lineOfNotice(n state.Notice, at time.Time) line {
	l := line{at: at, level: sentenceOf[n.Event].Level, event: n.Event, root: n.Root, path: n.Path, reason: string(n.Reason), hint: scrub(n.Hint),
		n: n.N, took: n.Took, counts: n.Counts, until: n.Resuming}
	if _, known := sentenceOf[n.Event]; !known {
		l.level = Warn
	}
	if n.Err != nil {
		l.err = scrub(n.Err.Error())
	}
	if n.Event == state.APIDownSeen || n.Event == state.APISuspended || n.Event == state.APIThrottled {
		l.class = classOf(n.Reason)
	}
	return l
}

// classOf is the fault class of what blocks work.
func classOf(r state.Reason) string {
	switch r {
	case state.APIDown:
		return state.ServiceDown.String()
	case state.StorageIsDown:
		return state.StorageDown.String()
	case state.IsThrottled:
		return state.Throttled.String()
	case state.KeyMissing, state.KeyRefused, state.PaymentRequired, state.Forbidden:
		return state.LockedOut.String()
	}
	return ""
}
