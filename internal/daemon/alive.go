package daemon

import (
	"context"
	"errors"
	"fmt"

	"github.com/florasync/florasync/queue"
)

// Alive reports whether the main loops come round: the uploader claims, the record commits, the watcher tells how it stands. The error names what does
// not before ctx ends; then only a restart helps. What a restart does not mend is no such error: a record that cannot be written says so and is tried
// again, and a folder whose server hangs stops its own root alone.
func (d *Daemon) Alive(ctx context.Context) error {
	if d.draining.Load() {
		return nil
	}
	if err := d.uploader.Alive(ctx); err != nil && !d.draining.Load() { // which may have begun meanwhile
		return fmt.Errorf("the uploader does not come round: %w", err)
	}
	if err := d.queue.Prove(ctx); err != nil && !errors.Is(err, queue.ErrUnwritable) && !errors.Is(err, queue.ErrUnknown) {
		return fmt.Errorf("the record does not commit: %w", err)
	}
	told := make(chan struct{})
	go func() { // ends with the watcher's answer, or with the process that is being ended for the lack of one
		defer close(told)
		d.watcher.Status()
	}()
	select {
	case <-told:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the watcher does not answer: %w", context.Cause(ctx))
	}
}
