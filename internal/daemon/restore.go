package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/florasync/florasync/queue"
)

// Restore puts a backup in the place of the record of a state directory, which no daemon may hold. The backup is checked first, and marked: nobody
// knows what happened at FLORA since it was made, so its birth is set anew and what it holds at reserved or beyond is looked at before anything is
// sent. The record that was there is kept beside it; its new name is returned, "" when there was none.
//
// Errors: those of queue.Open, for the backup and for the record; queue.ErrDamaged when the backup is not sound.
func Restore(ctx context.Context, stateDir, backup string) (kept string, err error) {
	older, err := sound(ctx, backup)
	if err != nil {
		return "", fmt.Errorf("backup %s: %w", backup, err)
	}
	path := RecordPath(stateDir)
	fresh := path + ".restoring"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := os.MkdirAll(stateDir, 0o700); err != nil {
		return "", err
	}
	if err := copyFile(backup, fresh); err != nil {
		return "", errors.Join(err, os.Remove(fresh))
	}
	if older {
		err = migrate(ctx, fresh)
	}
	if err == nil {
		err = mark(ctx, fresh)
	}
	if err == nil {
		err = handOver(fresh)
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(fresh))
	}
	return exchange(ctx, path, fresh)
}

// sound opens a backup and checks all of it; one of an older schema, which cannot be read as it is, when it was migrated.
func sound(ctx context.Context, path string) (older bool, err error) {
	q, err := queue.Open(ctx, queue.Options{Path: path, ReadOnly: true})
	if errors.Is(err, queue.ErrOlder) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, check(ctx, q)
}

// check checks all of a record, and closes it.
func check(ctx context.Context, q *queue.Queue) error {
	report, err := q.Check(ctx)
	if err = errors.Join(err, q.Close()); err != nil {
		return err
	}
	if n := len(report.Problems); n > 0 {
		return fmt.Errorf("%w: %d problems", queue.ErrDamaged, n)
	}
	return nil
}

// migrate takes the copy of a backup to the present schema. The copy of it that this leaves goes: the backup is where it was.
func migrate(ctx context.Context, path string) error {
	q, err := queue.Open(ctx, queue.Options{Path: path})
	if err == nil {
		err = check(ctx, q)
	}
	entries, readErr := os.ReadDir(filepath.Dir(path))
	err = errors.Join(err, readErr)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), filepath.Base(path)+".schema-") {
			err = errors.Join(err, os.Remove(filepath.Join(filepath.Dir(path), e.Name())))
		}
	}
	if err != nil {
		return fmt.Errorf("migrate the backup: %w", err)
	}
	return nil
}

func mark(ctx context.Context, path string) error {
	q, err := queue.Open(ctx, queue.Options{Path: path})
	if err != nil {
		return err
	}
	return errors.Join(q.MarkRestored(ctx), q.Close())
}

// exchange puts fresh in the record's place. The record is opened meanwhile, if it can be: that says that no daemon holds it. A damaged one is moved
// aside all the same; that is what backups are for.
func exchange(ctx context.Context, path, fresh string) (kept string, err error) {
	q, err := queue.Open(ctx, queue.Options{Path: path})
	switch {
	case errors.Is(err, queue.ErrMissing):
		return "", os.Rename(fresh, path)
	case errors.Is(err, queue.ErrDamaged), errors.Is(err, queue.ErrNewer):
	case err != nil:
		return "", errors.Join(err, os.Remove(fresh))
	default:
		defer func() { err = errors.Join(err, q.Close()) }()
	}
	if kept, err = keep(path); err != nil {
		return "", errors.Join(err, os.Remove(fresh))
	}
	return kept, os.Rename(fresh, path)
}

// keep gives the record that is about to be replaced a name of its own beside it.
func keep(path string) (kept string, err error) {
	at := path + ".before-" + time.Now().UTC().Format("20060102T150405")
	kept = at
	for n := 2; ; n++ {
		if err := os.Link(path, kept); !errors.Is(err, fs.ErrExist) {
			return kept, err
		}
		kept = fmt.Sprintf("%s-%d", at, n)
	}
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
