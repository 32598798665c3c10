package simulation

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
)

// server is a reading of the specification. Its options say nothing of faults.
type server struct {
	name    string
	options sandbox.Options
}

// servers are the readings that change what a client has to do.
var servers = []server{
	{"Strict", sandbox.Options{}},
	{"Replay", sandbox.Options{Replay: true}},
	{"ImageKit", sandbox.Options{Storage: sandbox.ImageKit}},
	{"EmptyFails", sandbox.Options{Empty: sandbox.EmptyFails}},
	{"EmptyReady", sandbox.Options{Empty: sandbox.EmptyReady}},
	{"EmptyConflict", sandbox.Options{EmptyStatus: 409}},
	{"RetryExpired", sandbox.Options{Retry: sandbox.RetryExpired}},
	{"RetryExpiredImageKit", sandbox.Options{Retry: sandbox.RetryExpired, Storage: sandbox.ImageKit, RetryStatus: 422}},
	{"Late", sandbox.Options{Process: 20 * time.Second}},
	{"NullSize", sandbox.Options{NullSize: true}},
	{"NullSizeLate", sandbox.Options{NullSize: true, Process: 3 * time.Minute, Empty: sandbox.EmptyReady}},
	{"RateLimited", sandbox.Options{RateN: 3, RateWindow: 20 * time.Second}},
	{"RateLimitedSilent", sandbox.Options{RateN: 4, RateWindow: 30 * time.Second, NoRetryAfter: true}},
	{"ShortForms", sandbox.Options{Form: time.Second}},
	{"OldRows", sandbox.Options{OldRow: true, OldestFirst: true, Milliseconds: true, ReserveStatus: 200, CamelForm: true}},
	{"ReplayImageKitLate", sandbox.Options{Replay: true, Storage: sandbox.ImageKit, Process: 5 * time.Second}},
}

// setups are the configurations that change what is done with a file.
var setups = []setup{
	{name: "Keep"},
	{name: "KeepAttach", project: true},
	{name: "Move", after: "move"},
	{name: "MoveAttach", after: "move", project: true},
	{name: "Delete", after: "delete"},
	{name: "DeleteAttach", after: "delete", project: true},
	{name: "Link", equal: true, more: "  duplicates: link\n"},
	{name: "LinkMoveAttach", after: "move", project: true, equal: true, more: "  duplicates: link\n"},
}

// anyServer draws each point on its own on which the specification is silent, or one of the servers with a name.
func anyServer(r *rand.Rand) server {
	if r.IntN(3) == 0 {
		return servers[r.IntN(len(servers))]
	}
	yes := func() bool { return r.IntN(2) == 0 }
	o := sandbox.Options{Replay: yes(), NullSize: r.IntN(4) == 0, CamelForm: r.IntN(4) == 0, Milliseconds: yes(), OldRow: yes(), OldestFirst: yes()}
	o.Storage = []string{sandbox.GCS, sandbox.ImageKit}[r.IntN(2)]
	o.GCSStatus = []int{200, 201, 204}[r.IntN(3)]
	o.Form = []time.Duration{0, 0, time.Second, 3 * time.Second, time.Minute}[r.IntN(5)]
	o.Process = []time.Duration{0, 0, 5 * time.Second, 3 * time.Minute}[r.IntN(4)]
	o.Empty = []string{sandbox.EmptyRefused, sandbox.EmptyRefused, sandbox.EmptyFails, sandbox.EmptyReady}[r.IntN(4)]
	o.EmptyStatus = []int{400, 409, 422}[r.IntN(3)]
	o.Retry = []string{sandbox.RetryPending, sandbox.RetryExpired}[r.IntN(2)]
	o.RetryStatus = []int{400, 409, 422}[r.IntN(3)]
	o.ReserveStatus = []int{200, 201}[r.IntN(2)]
	if r.IntN(6) == 0 {
		o.RateN, o.RateWindow, o.NoRetryAfter = 3+r.IntN(8), time.Duration(10+r.IntN(50))*time.Second, yes()
	}
	return server{fmt.Sprintf("%+v", o), o}
}

// doubtful reports a server whose answer to a complete that was sent in doubt only a person can judge.
func (s server) doubtful() bool {
	return s.options.Empty == sandbox.EmptyReady || s.options.EmptyStatus == 409
}
