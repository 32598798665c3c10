package state

import (
	"fmt"
	"time"
)

// Class says how far a fault reaches and what it costs.
type Class uint8

// The classes.
const (
	// NoClass: no fault.
	NoClass Class = iota
	// Passing: this row, this time. Back off; counts as an attempt.
	Passing
	// Lasting: this row, for good. It fails at once.
	Lasting
	// FormStale: the signed form cannot be used any more. Renewed without back-off, bounded on disk.
	FormStale
	// ServiceDown: FLORA's API does not answer. Every row waits; none loses an attempt.
	ServiceDown
	// StorageDown: the upload host does not answer. Every row bound for it waits; none loses an attempt.
	StorageDown
	// Throttled: FLORA said to wait. The workspace waits.
	Throttled
	// LockedOut: the key is refused, or somebody has to pay. The key's rows wait.
	LockedOut
	// Local: this machine. The row, or all of them, wait; the errno is in the message.
	Local
	classN
)

var classNames = [classN]string{"", "passing", "lasting", "form_stale", "service_down", "storage_down", "throttled", "locked_out", "local"}

// String returns the word used in JSON and logs; "" for NoClass.
func (c Class) String() string {
	if c < classN {
		return classNames[c]
	}
	return fmt.Sprintf("class(%d)", uint8(c))
}

// Counts reports whether a fault of this class costs the row an attempt.
func (c Class) Counts() bool { return c == Passing }

// Fault is what went wrong, in words fit for an operator: scrubbed of secrets by whoever made it.
type Fault struct {
	Class     Class     `cbor:"1,keyasint,omitempty"`
	Code      string    `cbor:"2,keyasint,omitempty"` // a Reason, FLORA's error.code, or the storage's code
	Message   string    `cbor:"3,keyasint,omitempty"`
	Hint      string    `cbor:"4,keyasint,omitempty"` // the cure, when there is one to name
	RequestID string    `cbor:"5,keyasint,omitempty"`
	At        time.Time `cbor:"6,keyasint,omitzero"`
}

// Error returns the message, so that a fault can travel as an error.
func (f *Fault) Error() string {
	if f.Message == "" {
		return f.Code
	}
	return f.Message
}

// Try is one remote effect that was tried for a row: what explain prints.
type Try struct {
	At        time.Time     `cbor:"1,keyasint,omitzero"`
	Step      string        `cbor:"2,keyasint,omitempty"` // the outcome's word: reserved, sent, completed, …
	Class     Class         `cbor:"3,keyasint,omitempty"` // NoClass: it worked
	Code      string        `cbor:"4,keyasint,omitempty"`
	Message   string        `cbor:"5,keyasint,omitempty"`
	RequestID string        `cbor:"6,keyasint,omitempty"`
	Took      time.Duration `cbor:"7,keyasint,omitempty"`
}

// triesN is how many tries an unfinished row keeps.
const triesN = 8
