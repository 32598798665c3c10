package watcher

import (
	"context"

	"github.com/florasync/florasync/state"
)

// flight is a batch on its way to the record: while it is committed the next one is collected. There is at most one.
//
// Nothing is judged by a record that is about to change: whatever is asked about a directory of which the flight says something, or about more than one
// directory, is asked once it has landed. So every judgement knows all that was sent before it, as if sending had waited: a file that was sent and went
// since is known to be missing, and one that was sent as gone and is back is new.
type flight struct {
	dirs map[string]bool // of which it says something
	done chan error      // of room one, so that the goroutine ends by itself
}

// depart takes the sightings to the record. The loop owns the flight and lands it, at the latest when it ends.
func (r *rootWatch) depart(ctx context.Context, all []state.Sighting) {
	f := &flight{dirs: map[string]bool{}, done: make(chan error, 1)}
	last, none := "", true
	for _, s := range all {
		if dir := s.Path.Dir(); s.Root == r.name && (none || dir != last) {
			f.dirs[dir] = true
			last, none = dir, false
		}
	}
	go func() { f.done <- r.insist(ctx, func() error { return r.record.Sight(ctx, all) }) }()
	r.flight = f
}

// land waits until the batch under way is in the record. It fails only with the context it departed with.
func (r *rootWatch) land() error {
	if r.flight == nil {
		return nil
	}
	r.eyes.close() // a record that cannot be written is waited for, however long: the folder can be unmounted meanwhile
	err := <-r.flight.done
	r.flight = nil
	r.landed()
	return err
}

// landed notes that nothing is on its way to the record any more.
func (r *rootWatch) landed() {
	r.mu.Lock()
	r.telling, r.onTheWay = 0, nil
	r.mu.Unlock()
	r.changed()
}

// askNames asks the record for names of one directory.
func (r *rootWatch) askNames(ctx context.Context, dir, after string, n int) ([]Known, error) {
	if r.flight != nil && r.flight.dirs[dir] {
		if err := r.land(); err != nil {
			return nil, err
		}
	}
	return r.record.Known(ctx, r.name, dir, after, n)
}

// askDirs asks the record for directories.
func (r *rootWatch) askDirs(ctx context.Context, after string, n int) ([]string, error) {
	if err := r.land(); err != nil {
		return nil, err
	}
	return r.record.Dirs(ctx, r.name, after, n)
}
