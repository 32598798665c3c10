package daemon

import (
	"context"
	"fmt"

	"github.com/florasync/florasync/internal/telemetry"
	"github.com/florasync/florasync/watcher"
)

// Progress returns where each root stands, for the progress line and for root.quiet.
func (d *Daemon) Progress() []telemetry.RootCounts {
	status, err := d.Service().Status(context.Background())
	if err != nil {
		return nil // the record cannot be read: that has its own line
	}
	counts := make([]telemetry.RootCounts, len(status.Roots))
	for i, r := range status.Roots {
		counts[i] = telemetry.RootCounts{Root: r.Name, Waiting: r.Waiting, Active: r.Active, Ready: r.Ready, Failed: r.Failed, Settling: r.Settling,
			Away: r.State == string(watcher.Offline)}
	}
	return counts
}

// StatusLine is the service's state in a line, and whether start-up is over: every root was looked at, or is known to be away.
func (d *Daemon) StatusLine(ctx context.Context) (text string, ready bool) {
	status, err := d.Service().Status(ctx)
	if err != nil {
		return "the record cannot be read: " + err.Error(), false
	}
	ready = true
	for _, w := range d.watcher.Status() {
		ready = ready && (w.State != watcher.Offline || w.Reason != "") // offline without a reason: not looked at yet
	}
	t := status.Totals
	text = fmt.Sprintf("%d uploading, %d waiting, %d failed, %.1f MB/s", t.Active, t.Waiting, t.Failed, float64(status.Uploader.BytesPerSecond)/1e6)
	for _, r := range status.Reasons {
		text += "; " + r.Code
	}
	return text, ready
}
