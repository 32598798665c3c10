package simulation

import (
	"time"

	"github.com/florasync/florasync/internal/sandbox"
)

// server is a reading of the specification.
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
	{name: "Link", duplicates: "link"},
}
