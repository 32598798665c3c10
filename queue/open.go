package queue

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

const (
	fileMode = 0o600
	dirMode  = 0o700
	// lockPoll is how often a held lock is tried again.
	lockPoll = 25 * time.Millisecond
)

// file is an open bbolt file with its descriptor, so that the lock can be let go of even when bbolt itself cannot close a damaged file.
type file struct {
	db *bolt.DB
	f  *os.File
}

// close closes the file. A transaction that panicked may have left bbolt's locks taken: then only the descriptor goes, and the lock with it.
func (f *file) close(wedged bool) error {
	if f == nil || f.db == nil {
		return nil
	}
	if wedged {
		return letGo(f.f)
	}
	return guard(f.db.Close)
}

// letGo closes a file that bbolt cannot close any more. The lock is let go of by name: a mapping that is left behind keeps the open file, and the
// lock with it (flock(2), mmap(2)).
func letGo(f *os.File) error {
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_UN); err != nil {
		return errors.Join(fmt.Errorf("unlock record: %w", err), f.Close())
	}
	return f.Close()
}

// openFile opens an existing file and reads its head. It waits for the lock until the timeout or ctx ends.
func openFile(ctx context.Context, o Options) (*file, head, error) {
	if err := checkFile(o); err != nil {
		return nil, head{}, err
	}
	f, err := lockFile(ctx, o)
	if err != nil {
		return nil, head{}, err
	}
	h, err := f.read()
	if err == nil && h.schema < schemaVersion {
		h, err = f.migrate(o, h.schema)
	}
	if err != nil {
		return nil, head{}, errors.Join(err, f.close(errors.Is(err, ErrDamaged)))
	}
	return f, h, nil
}

// checkFile looks at the file before bbolt does: bbolt would make a fresh database of an empty file, and so forget everything.
func checkFile(o Options) error {
	info, err := os.Stat(o.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !o.Create:
		return fmt.Errorf("%s: %w", o.Path, ErrMissing)
	case errors.Is(err, fs.ErrNotExist):
		if err := create(o); err != nil {
			return fmt.Errorf("create record: %w", err)
		}
		return nil
	case err != nil:
		return fmt.Errorf("open record: %w", err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a file: %w", o.Path, ErrDamaged)
	case info.Size() == 0:
		return fmt.Errorf("%s is empty: %w", o.Path, ErrDamaged)
	}
	return nil
}

func lockFile(ctx context.Context, o Options) (*file, error) {
	wait := o.LockTimeout
	if wait == 0 {
		wait = DefaultLockTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, max(0, wait))
	defer cancel()
	for {
		f, err := tryFile(o)
		if !errors.Is(err, berrors.ErrTimeout) {
			return f, err
		}
		again := time.NewTimer(lockPoll)
		select {
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return nil, fmt.Errorf("%s: %w", o.Path, ErrLocked)
			}
			return nil, context.Cause(ctx)
		}
	}
}

func tryFile(o Options) (*file, error) {
	f := &file{}
	err := guard(func() (err error) {
		f.db, err = bolt.Open(o.Path, fileMode, &bolt.Options{
			Timeout:      time.Nanosecond, // one try: the waiting is done above, where ctx can end it
			ReadOnly:     o.ReadOnly,
			NoSync:       o.NoSync,
			FreelistType: bolt.FreelistMapType,
			NoStatistics: true,
			OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
				var err error
				f.f, err = os.OpenFile(name, flag&^os.O_CREATE, mode)
				return f.f, err
			},
		})
		return err
	})
	if err == nil {
		return f, nil
	}
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, err
	}
	if f.f != nil && f.f.Fd() != ^uintptr(0) { // bbolt closes it itself, unless it panicked
		_ = letGo(f.f)
	}
	if errno := syscall.Errno(0); !errors.As(err, &errno) && !errors.Is(err, ErrDamaged) {
		err = fmt.Errorf("%w: %w", ErrDamaged, err) // not the system's word but bbolt's: the file is none of its own
	}
	return nil, fmt.Errorf("open record %s: %w", o.Path, err)
}

// read reads the head in a transaction of its own.
func (f *file) read() (h head, err error) {
	err = f.view(func(tx *bolt.Tx) error {
		if size, err := f.size(); err != nil || size < tx.Size() {
			return errors.Join(err, fmt.Errorf("%w: it is cut: %d bytes of %d", ErrDamaged, size, tx.Size()))
		}
		if err := vet(f.f, tx, false); err != nil {
			return err
		}
		h, err = readHead(tx)
		return err
	})
	return h, err
}

func (f *file) size() (int64, error) {
	info, err := f.f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f *file) view(fn func(*bolt.Tx) error) error {
	var tx *bolt.Tx
	err := guard(func() (err error) {
		if tx, err = f.db.Begin(false); err != nil {
			return err
		}
		return fn(tx)
	})
	if tx != nil {
		err = errors.Join(err, rollback(tx))
	}
	return err
}

// create makes an empty record beside the path and links it into place, so that a crash leaves either none or a whole one, and two processes that
// start at once make one.
func create(o Options) error {
	dir := filepath.Dir(o.Path)
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, ".florasync-new-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if err := tmp.Close(); err != nil {
		return err
	}
	db, err := bolt.Open(tmp.Name(), fileMode, &bolt.Options{NoSync: o.NoSync})
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bolt.Tx) error { return createSchema(tx, o.Machine) })
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), o.Path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return SyncDir(dir)
}

// SyncDir makes what was created, renamed or removed in a directory outlive a power cut: fsync(2).
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
