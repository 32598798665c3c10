package queue

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// guard runs fn so that a damaged file is an error. bbolt panics when a page is not what it should be, and reading a mapped page that the disk
// cannot give, or that lies behind the end of a truncated file, is a fault that kills the process unless it is made a panic (runtime/debug,
// SetPanicOnFault, which holds for this goroutine only).
func guard(fn func() error) (err error) {
	old := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(old)
	defer func() {
		if p := recover(); p != nil {
			if fault, ok := p.(runtime.Error); ok { // a page that is not there, or holds nonsense
				p = "a page of it cannot be read (" + strings.TrimPrefix(fault.Error(), "runtime error: ") + ")"
			}
			err = fmt.Errorf("%w: %v", ErrDamaged, p)
		}
	}()
	return damage(fn())
}

// damage translates bbolt's words for a file that is none of its own.
func damage(err error) error {
	for _, bad := range []error{berrors.ErrInvalid, berrors.ErrVersionMismatch, berrors.ErrChecksum, berrors.ErrInvalidMapping} {
		if errors.Is(err, bad) {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	return err
}

// rollback ends a transaction of a file that may be damaged.
func rollback(tx *bolt.Tx) error {
	return guard(func() error {
		if err := tx.Rollback(); err != nil && !errors.Is(err, berrors.ErrTxClosed) {
			return err
		}
		return nil
	})
}
