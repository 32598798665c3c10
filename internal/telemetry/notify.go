package telemetry

import (
	"context"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// statusInterval is how often the service manager is told how things stand.
const statusInterval = 5 * time.Second

// NotifyReady tells the service manager that start-up is over: sd_notify(3), READY=1. Without a manager it does nothing.
func NotifyReady() error {
	_, err := daemon.SdNotify(false, daemon.SdNotifyReady)
	return err
}

// NotifyStopping tells the service manager that the stop has begun.
func NotifyStopping() error {
	_, err := daemon.SdNotify(false, daemon.SdNotifyStopping)
	return err
}

// NotifyLoop tells the service manager, as STATUS=, how things stand, until ctx ends; READY goes with the first time that line has something to say.
func NotifyLoop(ctx context.Context, line func(context.Context) (text string, ready bool)) {
	tick := time.NewTicker(statusInterval / 25)
	defer tick.Stop()
	told := false
	for last := (time.Time{}); ; {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			if told && now.Sub(last) < statusInterval {
				continue
			}
			text, ready := line(ctx)
			if ready && !told {
				told = true
				// Nobody to tell is no error, and a manager that went away has nobody to report it to.
				_ = NotifyReady()
			}
			_, _ = daemon.SdNotify(false, "STATUS="+text)
			last = now
		}
	}
}
