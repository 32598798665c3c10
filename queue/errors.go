package queue

import (
	"errors"
	"fmt"
)

// What Open and the methods of a [Queue] say, by errors.Is.
var (
	// ErrMissing: there is no record and Options.Create was not set.
	ErrMissing = errors.New("there is no record")
	// ErrLocked: another process holds the record. The caller knows where its name stands.
	ErrLocked = errors.New("the record is held by another process")
	// ErrDamaged: the file is not a record any more, or a page of it cannot be read. It is left as it is.
	ErrDamaged = errors.New("the record is damaged")
	// ErrNewer: a newer florasync wrote the record.
	ErrNewer = errors.New("the record was written by a newer florasync")
	// ErrOlder: an older florasync wrote the record, and whoever only reads it does not migrate it.
	ErrOlder = errors.New("the record was written by an older florasync")
	// ErrReadOnly: a change was asked of a record opened to be read.
	ErrReadOnly = errors.New("the record is open for reading only")
	// ErrClosed: the record was closed.
	ErrClosed = errors.New("the record is closed")
	// ErrUnknown: a commit failed and nobody can say whether it is on disk: read the row again. It wraps the cause.
	ErrUnknown = errors.New("a commit of the record went wrong")
	// ErrUnwritable: the record cannot be written now; it wraps the errno. Wake fires when it can be written again.
	ErrUnwritable = errors.New("the record cannot be written")

	// ErrNoRow: there is no row of that id (any more).
	ErrNoRow = errors.New("no such item")
	// ErrClaimed: an attempt is under way for the row.
	ErrClaimed = errors.New("an attempt is under way")
	// ErrOther: the row that a Same outcome points at is no longer there, was filed away by us, never had its bytes sent, or stands elsewhere.
	ErrOther = errors.New("the earlier item cannot take over")

	// ErrRootUnknown: no root of that name was added.
	ErrRootUnknown = errors.New("unknown root")
	// ErrRootRenamed: the path is known under another name; see [RootRenamedError].
	ErrRootRenamed = errors.New("the folder is known under another name")
	// ErrRootExists: the new name of a root is taken.
	ErrRootExists = errors.New("a root of that name exists")
	// ErrCursor: the cursor of a page is not one that this record gave out for such a query.
	ErrCursor = errors.New("not a cursor of this list")
)

// RootRenamedError says which root a path belongs to. errors.Is: [ErrRootRenamed].
type RootRenamedError struct{ Path, Old, New string }

// Error names both names.
func (e *RootRenamedError) Error() string {
	return fmt.Sprintf("%s is known as root %q, not %q", e.Path, e.Old, e.New)
}

// Is makes it an [ErrRootRenamed].
func (e *RootRenamedError) Is(target error) bool { return target == ErrRootRenamed }

// NewerError carries both schema numbers. errors.Is: [ErrNewer].
type NewerError struct{ Found, Known int }

// Error names both numbers.
func (e *NewerError) Error() string {
	return fmt.Sprintf("the record has schema %d, this florasync knows up to %d: use the newer florasync", e.Found, e.Known)
}

// Is makes it an [ErrNewer].
func (e *NewerError) Is(target error) bool { return target == ErrNewer }

// OlderError carries both schema numbers. errors.Is: [ErrOlder].
type OlderError struct{ Found, Known int }

// Error names both numbers and the cure.
func (e *OlderError) Error() string {
	return fmt.Sprintf("the record has schema %d, this florasync reads %d: it is copied and migrated at the next start: start the service, or florasync run", e.Found, e.Known)
}

// Is makes it an [ErrOlder].
func (e *OlderError) Is(target error) bool { return target == ErrOlder }
