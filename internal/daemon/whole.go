package daemon

import (
	"context"
	"errors"
	"io"

	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// Check reads the whole record. Damage that it finds is in the report; a record that cannot be opened is an error.
func (s *service) Check(ctx context.Context) (report control.Report, err error) {
	err = s.rec.read(ctx, func(q *queue.Queue) error {
		found, err := q.Check(ctx)
		report = control.Report(found)
		report.Problems = append([]string{}, found.Problems...) // an array, also when it is empty
		if errors.Is(err, queue.ErrDamaged) {
			if found.OK() {
				report.Problems = []string{err.Error()}
			}
			return nil
		}
		return err
	})
	return report, damaged(err)
}

// Backup writes a copy of the record to w.
func (s *service) Backup(ctx context.Context, w io.Writer) error {
	err := s.rec.read(ctx, func(q *queue.Queue) error { return q.Backup(ctx, w) })
	if err == nil {
		s.o.Observer.Noticed(state.Notice{Event: state.StateBackup})
	}
	return damaged(err)
}

// damaged makes damage known to whoever asks over the socket, too.
func damaged(err error) error {
	if errors.Is(err, queue.ErrDamaged) {
		return told{err, control.ErrDamaged}
	}
	return err
}

// told is an error in its own words, with the identity of the contract.
type told struct {
	error
	is error
}

func (t told) Unwrap() []error { return []error{t.error, t.is} }
