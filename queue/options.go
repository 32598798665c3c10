package queue

import (
	"time"

	"github.com/florasync/florasync/state"
)

// DefaultLockTimeout is how long Open waits for another process to let go of the record. Readers hold it for a page, which takes milliseconds.
const DefaultLockTimeout = 5 * time.Second

// Options say how to open a record.
type Options struct {
	Path        string        // the file; its directory must exist or, with Create, can be made (0700)
	Create      bool          // make an empty record when there is none
	ReadOnly    bool          // share the lock with other readers; every change is ErrReadOnly
	NoSync      bool          // no fsync after a commit: simulations only
	LockTimeout time.Duration // 0: DefaultLockTimeout; negative: one try
	Observer    state.Observer
	Machine     state.Machine // frozen into the record when it is created; ignored later
}

// deaf is the observer of a queue that has none.
type deaf struct{}

func (deaf) Applied(state.Applied) {}
func (deaf) Noticed(state.Notice)  {}
