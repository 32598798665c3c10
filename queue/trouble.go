package queue

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// failed ends a transaction of which nobody knows whether it is on disk: whoever waits is told so, what memory foresaw is dropped, claims of those
// rows are let go, and the file is read anew before anything else is done.
func (q *Queue) failed(ops []*op, cause error) {
	damaged := errors.Is(cause, ErrDamaged)
	q.mu.Lock()
	told := q.unsaved != nil && !damaged
	q.unsaved = cause
	ops = append(ops, q.pending...) // they were judged by what is dropped now
	q.pending = nil
	q.retired(ops)
	q.down = fmt.Errorf("%w: %w", ErrUnwritable, cause)
	if damaged {
		q.down, q.damaged = cause, true
	}
	for id := range q.images {
		if key, claimed := q.claims[id]; claimed {
			delete(q.claims, id)
			q.lane(key).put(id, 0)
		}
	}
	clear(q.images)
	q.known.clear()
	for _, l := range q.lanes {
		l.rewind()
	}
	q.mu.Unlock()
	err := fmt.Errorf("%w: %w", ErrUnknown, cause)
	if damaged {
		err = cause
	}
	for _, o := range ops {
		o.err = err
		close(o.done)
	}
	if !told { // once, until something was committed again: a probe may find the room that a larger commit does not
		q.observer.Noticed(notice(cause))
	}
	if damaged {
		q.rouse()
		return
	}
	q.restore(full(cause))
}

func notice(cause error) state.Notice {
	switch {
	case errors.Is(cause, ErrDamaged):
		return state.Notice{Event: state.StateDamaged, Err: cause}
	case full(cause):
		return state.Notice{Event: state.StateUnwritten, Reason: state.DiskFull, Err: cause,
			Hint: "make room on the disk of the state directory; work goes on by itself"}
	}
	return state.Notice{Event: state.StateUnwritten, Reason: state.StateUnwritable, Err: cause,
		Hint: "look at the disk of the state directory; work goes on by itself when it can be written again"}
}

// full reports that there was no room for what was to be written: write(2).
func full(cause error) bool {
	return errors.Is(cause, syscall.ENOSPC) || errors.Is(cause, syscall.EDQUOT)
}

// Trouble says why the record takes no change now, with the reason and the words for an operator; the zero Notice when it does.
func (q *Queue) Trouble() state.Notice {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.down == nil || q.opts.ReadOnly {
		return state.Notice{}
	}
	return notice(q.down)
}

// restoreInterval is how often a record that cannot be written is tried again.
const restoreInterval = time.Second

// room is how much a probe writes after a disk was full: less would fit into pages that are free already, and say nothing of the next commit.
const room = 1 << 20

// restore reopens the file until it can be read and written, or the queue is closed. noRoom: the disk was full.
func (q *Queue) restore(noRoom bool) {
	for {
		err := q.reopen()
		if err == nil && noRoom {
			err = q.probe(make([]byte, room))
		}
		if err == nil {
			err = q.probe(key8(uint64(q.commits.Load())))
		}
		noRoom = noRoom || full(err)
		damaged := errors.Is(err, ErrDamaged)
		q.mu.Lock()
		switch {
		case err == nil:
			q.down = nil
		case damaged:
			q.down, q.damaged = err, true
		default:
			q.down = fmt.Errorf("%w: %w", ErrUnwritable, err)
		}
		q.mu.Unlock()
		if damaged { // nothing else would end the daemon: it asks for nothing where it can read nothing
			q.observer.Noticed(notice(err))
		}
		q.rouse()
		if err == nil || damaged {
			return
		}
		again := time.NewTimer(restoreInterval)
		select {
		case <-again.C:
		case <-q.closing:
			again.Stop()
			return
		}
	}
}

func (q *Queue) reopen() error {
	q.files.Lock()
	defer q.files.Unlock()
	old := q.file
	q.file = nil
	if err := old.close(false); err != nil {
		q.broke(err)
		return err
	}
	o := q.opts
	o.Create, o.LockTimeout = false, -1
	f, h, err := openFile(context.Background(), o)
	if err != nil {
		// Where nothing can be written much can be read: status and explain go on.
		o.ReadOnly = true
		if f, h, readErr := openFile(context.Background(), o); readErr == nil {
			q.file = f
			q.setHead(h)
			return err
		}
		q.broke(err)
		return err
	}
	q.file = f
	q.setHead(h)
	return nil
}

// broke notes that the file will not come back, when it is damaged. q.files is held.
func (q *Queue) broke(err error) {
	if errors.Is(err, ErrDamaged) {
		q.broken = err
	}
}

// probe commits something small, to see whether the record can be written.
func (q *Queue) probe(value []byte) error {
	var tx *bolt.Tx
	err := guard(func() (err error) {
		if tx, err = q.file.db.Begin(true); err != nil {
			return err
		}
		if err := tx.Bucket(bucketMeta).Put(metaProbe, value); err != nil {
			return err
		}
		return q.commit(tx)
	})
	if err != nil && tx != nil {
		return errors.Join(err, rollback(tx))
	}
	return err
}
