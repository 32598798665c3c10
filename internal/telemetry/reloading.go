package telemetry

import "github.com/coreos/go-systemd/v22/daemon"

// NotifyReloading tells the service manager that the configuration is being read again: sd_notify(3), RELOADING=1. NotifyReady says that it was. Without a
// manager it does nothing.
func NotifyReloading() {
	_, _ = daemon.SdNotify(false, daemon.SdNotifyReloading+"\n"+daemon.SdNotifyMonotonicUsec()) // nobody to tell is no error
}
