package daemon

import (
	"context"
	"time"

	"github.com/florasync/florasync/watcher"
)

// Rescan has every root that can be reached compared with the record, and returns when a comparison that began after the call has ended: what had
// happened to the folders by then is known, events or not. The error is the context's.
func (d *Daemon) Rescan(ctx context.Context) error {
	for range 2 { // the first to end may have begun before the call
		before := map[string]time.Time{}
		for _, s := range d.watcher.Status() {
			before[s.Name] = s.LastScanAt
		}
		d.watcher.Rescan("")
		if err := d.scanned(ctx, before); err != nil {
			return err
		}
	}
	return nil
}

// scanned waits until a scan of each root has ended since.
func (d *Daemon) scanned(ctx context.Context, before map[string]time.Time) error {
	tick := time.NewTicker(onceLook / 4)
	defer tick.Stop()
	for {
		waits := false
		for _, s := range d.watcher.Status() {
			waits = waits || s.State != watcher.Offline && s.LastScanAt.Equal(before[s.Name])
		}
		if !waits {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
