package telemetry

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// statusInterval is how often the service manager is told how things stand.
const statusInterval = 5 * time.Second

// startMargin is how long a start may be silent once TimeoutStartSec= is over: a look at a folder whose server hangs is given up sooner.
const startMargin = time.Minute

// NotifyReady tells the service manager that start-up is over: sd_notify(3), READY=1. Without a manager it does nothing.
func NotifyReady() error {
	_, err := daemon.SdNotify(false, daemon.SdNotifyReady)
	return err
}

// stopMargin is what a stop may take beside the uploads under way: closing the record, and a disk that is slow.
const stopMargin = 30 * time.Second

// NotifyStopping tells the service manager that the stop has begun, and that uploads under way may take until drain is over: a TimeoutStopSec= that is
// shorter is extended to it.
func NotifyStopping(drain time.Duration) error {
	_, err := daemon.SdNotify(false, fmt.Sprintf("%s\nEXTEND_TIMEOUT_USEC=%d", daemon.SdNotifyStopping, (drain+stopMargin).Microseconds()))
	return err
}

// NotifyLoop tells the service manager, as STATUS=, how things stand, until ctx ends; READY goes with the first time that line has something to say. Without
// a manager (NOTIFY_SOCKET, sd_notify(3)) it returns at once.
func NotifyLoop(ctx context.Context, line func(context.Context) (text string, ready bool)) {
	if os.Getenv("NOTIFY_SOCKET") == "" {
		return
	}
	tick := time.NewTicker(statusInterval / 25)
	defer tick.Stop()
	for told := false; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			text, ready := line(ctx)
			if ready && !told {
				told = true
				tick.Reset(statusInterval)
				// Nobody to tell is no error, and a manager that went away has nobody to report it to.
				_ = NotifyReady()
			}
			text = "STATUS=" + text
			if !told { // every answer shows that the start goes on: it is given up only when there is none
				text += fmt.Sprintf("\nEXTEND_TIMEOUT_USEC=%d", startMargin.Microseconds())
			}
			_, _ = daemon.SdNotify(false, text)
		}
	}
}
