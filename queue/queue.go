package queue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// Queue is an open record. Its methods may be called by many goroutines at once.
//
// Lock order: mu before files. The committer takes mu for moments while a transaction is open, and never during a commit; files only to exchange the file.
type Queue struct {
	opts     Options
	observer state.Observer
	wake     chan struct{}
	commits  atomic.Int64
	found    atomic.Pointer[error] // the first damage that a read met
	commit   func(*bolt.Tx) error  // (*bolt.Tx).Commit; a test of this package makes it fail

	kick    chan struct{} // to the committer: something is pending
	idling  bool          // a timer will kick it
	closing chan struct{} // closed by Close
	stopped chan struct{} // closed by the committer when it has ended

	// The order of the locks: mu, then files. Whoever reads holds files, and an exchange that waits for it keeps new readers out: so mu is never taken inside
	// a view, or those who read while they hold it (Claim does) would wait for ever.
	files  sync.RWMutex // guards what follows: held for a read, and while the file is exchanged
	file   *file
	broken error // the damage for which there is no file any more

	// head is exchanged before a commit, and asked for after a transaction has begun: so it knows every root that a row of the transaction names. What it
	// points at is never changed.
	head atomic.Pointer[head]

	mu      sync.Mutex
	closed  bool
	down    error // why nothing can be written now
	damaged bool  // for good: what down says
	unsaved error // why a commit failed, which was told, and none has succeeded since
	pending []*op
	alone   bool // an op runs alone, or is about to
	images  map[state.ID]*image
	claims  map[state.ID]laneKey
	lanes   map[laneKey]*lane
	known   known

	scanned map[string]scanned // by root: the last full scan of this process that has ended
	steady  steady             // of what vanished, and of the scans that look for it

	retiring int // ops that settle a row that a claim passed over, and are not committed yet
}

// Open opens the record. Errors: [ErrMissing], [ErrLocked], [ErrDamaged], [ErrNewer], [ErrOlder] when it is only to be read,
// and those of the file system.
func Open(ctx context.Context, o Options) (*Queue, error) {
	f, h, err := openFile(ctx, o)
	if err != nil {
		return nil, err
	}
	q := &Queue{opts: o, observer: o.Observer, wake: make(chan struct{}, 1), commit: (*bolt.Tx).Commit,
		kick: make(chan struct{}, 1), closing: make(chan struct{}), stopped: make(chan struct{}), file: f,
		images: make(map[state.ID]*image), claims: make(map[state.ID]laneKey), lanes: make(map[laneKey]*lane)}
	q.setHead(h)
	if q.observer == nil {
		q.observer = deaf{}
	}
	if o.ReadOnly {
		q.down = ErrReadOnly
		close(q.stopped)
		return q, nil
	}
	sweep(o.Path)
	go q.run()
	return q, nil
}

// Close commits what was submitted, then lets go of the file. It may be called twice. Errors: [ErrUnknown] when the last commit failed, so that what it held
// is not on disk, or may not be; that of a damaged record was told before.
func (q *Queue) Close() error {
	q.mu.Lock()
	again := q.closed
	q.closed = true
	q.mu.Unlock()
	if again {
		<-q.stopped
		return nil
	}
	close(q.closing)
	<-q.stopped
	q.mu.Lock()
	wedged, unsaved := q.damaged, q.unsaved
	q.mu.Unlock()
	q.files.Lock()
	defer q.files.Unlock()
	f := q.file
	q.file = nil
	err := f.close(wedged)
	if unsaved != nil && !wedged {
		err = errors.Join(fmt.Errorf("%w: %w", ErrUnknown, unsaved), err)
	}
	return err
}

func (q *Queue) isDamaged() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.damaged
}

// view runs a reading transaction. fn sees the committed rows only.
func (q *Queue) view(ctx context.Context, fn func(*bolt.Tx, head) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return q.read(fn)
}

func (q *Queue) read(fn func(*bolt.Tx, head) error) error {
	q.files.RLock()
	defer q.files.RUnlock()
	if q.file == nil {
		return q.whyNot()
	}
	err := q.file.view(func(tx *bolt.Tx) error { return fn(tx, q.headNow()) })
	if errors.Is(err, ErrDamaged) && !q.opts.ReadOnly && q.found.CompareAndSwap(nil, &err) {
		select { // the committer closes the record to changes, since readers may hold the lock
		case q.kick <- struct{}{}:
		default:
		}
	}
	return err
}

// errReopening is what reads say in the moment in which the file is exchanged after a failed commit.
var errReopening = fmt.Errorf("%w: it is being reopened", ErrUnwritable)

// whyNot says why there is no file. q.files is held.
func (q *Queue) whyNot() error {
	select {
	case <-q.closing:
		return ErrClosed
	default:
	}
	if q.broken != nil {
		return q.broken
	}
	return errReopening
}

func (q *Queue) headNow() head { return *q.head.Load() }

func (q *Queue) setHead(h head) { q.head.Store(&h) }

// Machine returns what was frozen into the record when it was created.
func (q *Queue) Machine() state.Machine { return q.headNow().machine }

// Schema returns the number of the record's layout.
func (q *Queue) Schema() int { return q.headNow().schema }

// Size returns the bytes the record takes on disk; 0 when that cannot be told.
func (q *Queue) Size() int64 {
	q.files.RLock()
	defer q.files.RUnlock()
	if q.file == nil {
		return 0
	}
	n, _ := q.file.size()
	return n
}

// Commits returns how many transactions were committed since the record was opened.
func (q *Queue) Commits() int64 { return q.commits.Load() }

// Birth returns the server time of the first answer, or the zero time before it was set.
func (q *Queue) Birth() time.Time { return q.headNow().birth }

// SetBirth sets the birth once: a second call changes nothing.
func (q *Queue) SetBirth(ctx context.Context, t time.Time) error {
	if !q.Birth().IsZero() {
		return nil
	}
	return q.do(ctx, func(b *batch) error {
		if !b.head.birth.IsZero() {
			return nil
		}
		b.head.birth = fromNanos(nanos(t))
		b.touched()
		return b.tx.Bucket(bucketMeta).Put(metaBirth, key8(nanos(t)))
	})
}

// MarkRestored notes that the record came out of a backup: nobody knows what happened at FLORA since. Its birth is forgotten and set anew by the
// next answer.
func (q *Queue) MarkRestored(ctx context.Context) error {
	return q.do(ctx, func(b *batch) error {
		b.head.birth, b.head.restored = time.Time{}, state.ID(b.rows.Sequence())
		b.touched()
		meta := b.tx.Bucket(bucketMeta)
		return errors.Join(meta.Delete(metaBirth), meta.Put(metaRestored, key8(b.rows.Sequence())))
	})
}

// Opened returns the last row that was in the record when it was opened, or 0: later ones were born in this process.
func (q *Queue) Opened() state.ID { return q.headNow().opened }

// Restored returns the last row that the restored backup knew, or 0: rows up to it that stand at reserved or beyond need a look at their asset first.
func (q *Queue) Restored() state.ID { return q.headNow().restored }

// Wake delivers when there may be something new to claim: rows were added, changed, released or resumed, or the record can be written again. When time alone makes a row
// due, it is Claim's next that tells.
func (q *Queue) Wake() <-chan struct{} { return q.wake }

func (q *Queue) rouse() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}
