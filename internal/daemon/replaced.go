package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// recordInterval is how often it is looked whether the record is still where it was: a stat.
const recordInterval = 5 * time.Second

// lookAtRecord tells of damage, which ends the run, when the record's file was removed, or another was put in its place: what is written into the old one is lost with this
// process, and the lock on it keeps nobody from starting a second florasync on the new one.
func (d *Daemon) lookAtRecord(ctx context.Context) {
	path := RecordPath(d.o.Config.StateDir)
	tick := time.NewTicker(recordInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now, err := os.Stat(path)
		if err == nil && os.SameFile(d.record, now) || err != nil && !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		what := "was replaced"
		if err != nil {
			what = "was removed"
		}
		err = fmt.Errorf("%s: %w: it %s while florasync ran; put a backup, or the file itself, in its place, and start florasync again", path, queue.ErrDamaged, what)
		d.unwritten.Noticed(state.Notice{Event: state.StateDamaged, Err: err})
		return
	}
}
