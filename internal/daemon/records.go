package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// records gives the record to whoever asks: the daemon's own, or one that is opened for a moment, so that a reader holds its lock for a page only.
type records interface {
	read(ctx context.Context, fn func(*queue.Queue) error) error
	change(ctx context.Context, fn func(*queue.Queue) error) error
}

// held is the record of a running daemon.
type held struct{ q *queue.Queue }

func (h held) read(_ context.Context, fn func(*queue.Queue) error) error   { return fn(h.q) }
func (h held) change(_ context.Context, fn func(*queue.Queue) error) error { return fn(h.q) }

// visited is a record that no daemon holds.
type visited struct {
	path     string
	observer state.Observer
}

func (v visited) read(ctx context.Context, fn func(*queue.Queue) error) error {
	return v.visit(ctx, true, fn)
}

func (v visited) change(ctx context.Context, fn func(*queue.Queue) error) error {
	return v.visit(ctx, false, fn)
}

// visitTimeout is how long a visit waits for whoever holds the record. Short: a daemon that starts has its socket soon, and is asked then.
const visitTimeout = 200 * time.Millisecond

func (v visited) visit(ctx context.Context, readOnly bool, fn func(*queue.Queue) error) (err error) {
	q, err := openRecord(ctx, queue.Options{Path: v.path, ReadOnly: readOnly, Observer: v.observer, LockTimeout: visitTimeout})
	if err != nil {
		return err
	}
	defer func() {
		if closed := q.Close(); err == nil {
			err = closed
		}
	}()
	return fn(q)
}

// RecordPath returns where the record of a state directory is.
func RecordPath(stateDir string) string { return filepath.Join(stateDir, recordFile) }

// OpenRecord opens the record of a state directory for a command that works on the record itself. Errors are those of [queue.Open], with the name of
// the file and, for one that is damaged, the cure.
func OpenRecord(ctx context.Context, stateDir string, readOnly bool) (*queue.Queue, error) {
	return openRecord(ctx, queue.Options{Path: RecordPath(stateDir), ReadOnly: readOnly})
}

func openRecord(ctx context.Context, o queue.Options) (*queue.Queue, error) {
	q, err := queue.Open(ctx, o)
	if err == nil {
		return q, nil
	}
	if errors.Is(err, fs.ErrNotExist) && !errors.Is(err, queue.ErrMissing) && !o.Create {
		err = fmt.Errorf("%w: %w", queue.ErrMissing, err)
	}
	if !strings.Contains(err.Error(), o.Path) {
		err = fmt.Errorf("%s: %w", o.Path, err)
	}
	return nil, curable(err)
}

// curable adds the cure to the error of a damaged record.
func curable(err error) error {
	if !errors.Is(err, queue.ErrDamaged) {
		return err
	}
	return fmt.Errorf("%w; put a backup in its place, or move it away and everything in the folders is uploaded again", err)
}
