package daemon

import (
	"time"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/telemetry"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
	"github.com/florasync/florasync/watcher"
)

// Options of a Daemon. Config, Version and Observer are required.
type Options struct {
	Config   *config.Config
	Version  string
	Observer state.Observer
	// Metrics counts requests and is shown at /metrics; nil: neither. It hears of transitions as a part of Observer.
	Metrics *telemetry.Metrics

	// Load reads the configuration again, as the command line and the environment of the start say; nil: Reload is refused. What it returns is checked but for
	// the disk.
	Load func() (*config.Config, error)
	// Log is the log whose level Reload and SetLogLevel change; nil: none.
	Log *telemetry.Telemetry

	// Typed is a command as it must be typed to reach this record, for hints; nil: after the program's name.
	Typed func(command string) string

	// HandOnly uploads what is named by hand and watches nothing: `florasync upload` without a daemon.
	HandOnly bool
	// Growing is how long a file may be settling before it counts as growing; 0: the watcher's default.
	Growing time.Duration

	recordOnly bool // FLORA is not asked anything

	// For the simulation, which has no kernel and no disk worth waiting for.
	Dial   flora.DialFunc
	Hints  func() (watcher.Hints, error) // nil: poll; see WithHints
	NoSync bool
	Jitter func() float64
}

// typed is a command for a hint.
func (o Options) typed(command string) string {
	if o.Typed == nil {
		return "florasync " + command
	}
	return o.Typed(command)
}

// recordFile is the record's name in the state directory.
const recordFile = "florasync.db"
