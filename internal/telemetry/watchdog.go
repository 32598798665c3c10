package telemetry

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// NotifyAlive feeds the service manager's watchdog, when the unit has one (WatchdogSec=, sd_watchdog_enabled(3)), three times in its interval, and only
// when alive says that all is well: it gets as long as one feeding is away from the next. What it says otherwise goes to out, since the service is about
// to be killed for it. It returns when ctx ends, or at once without a watchdog.
func NotifyAlive(ctx context.Context, out io.Writer, alive func(context.Context) error) {
	limit, err := daemon.SdWatchdogEnabled(false)
	if err != nil || limit <= 0 {
		return
	}
	every := limit / 3
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		asking, cancel := context.WithTimeout(ctx, every)
		err := alive(asking)
		cancel()
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			fmt.Fprintf(out, "florasync: warning: not well, and to be restarted if that lasts %v: %v\n", limit, err)
		default:
			_, _ = daemon.SdNotify(false, daemon.SdNotifyWatchdog) // a manager that went away has nobody to report it to
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
