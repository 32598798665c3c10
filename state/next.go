package state

import (
	"errors"
	"fmt"
	"time"
)

// Change asks for one transition of one row, as it stood at revision Rev.
type Change struct {
	ID      ID
	Rev     uint32
	At      time.Time
	Outcome Outcome
}

var (
	// ErrStale: the row has moved on since the revision the change was made for. Read it again.
	ErrStale = errors.New("the row has changed since it was read")
	// ErrNoTransition: the table has no such line: a bug of the caller.
	ErrNoTransition = errors.New("no such transition")
)

// Next returns the row after the change. It is the only place where phases move. Errors: [ErrStale] when it.Rev is not c.Rev; [ErrNoTransition] when
// [Table] has no line for the outcome in this phase, or the row is done or halted and the outcome is not a Reopen.
func Next(it Item, c Change) (Item, error) {
	if it.ID != c.ID || it.Rev != c.Rev {
		return it, fmt.Errorf("%v revision %d, at %d: %w", c.ID, c.Rev, it.Rev, ErrStale)
	}
	o := c.Outcome
	rule, ok := find[[2]uint8{uint8(it.Phase), uint8(o.kind)}]
	if !ok || !allowed(it, o) {
		return it, fmt.Errorf("%v is %v %v, %v: %w", it.ID, it.Phase, it.Halt, o.kind, ErrNoTransition)
	}
	next := it
	next.Rev++
	next.Tries = note(it.Tries, c)
	next.Phase, next.Halt = rule.To, rule.Halt
	apply(&next, o, c.At)
	return next, nil
}

// allowed holds the conditions that the table cannot: those of the row and of the outcome.
func allowed(it Item, o Outcome) bool {
	if it.Halt != None && o.kind != KindReopen {
		return false
	}
	switch o.kind {
	case KindIntent:
		return it.URL != "" && it.IntentAt.IsZero()
	case KindCreated:
		return it.URL != "" && !it.IntentAt.IsZero() && o.asset != ""
	case KindReserved:
		return it.URL == "" && o.asset != ""
	case KindSent:
		return o.size == it.Print.Size
	case KindReverted, KindRenewed:
		return it.URL == "" && o.fault != nil
	case KindGaveUp:
		return o.fault != nil
	case KindFail:
		return o.fault != nil
	case KindReopen:
		return it.Halt != Skipped || (it.Phase == Queued && (it.Reason == Size || it.Reason == Rule))
	}
	return true
}

func apply(it *Item, o Outcome, at time.Time) {
	switch o.kind {
	case KindLater:
		it.Due = o.at
		if o.fault != nil {
			it.Fault = o.fault
			if o.fault.Class.Counts() {
				it.Attempt++
			}
		}
		return
	case KindSkip, KindFail:
		it.Reason, it.Fault, it.Due = o.reason, o.fault, time.Time{}
		if it.Phase >= Ready {
			parked := *o.fault
			parked.Class = Lasting
			it.Fault = &parked
		}
		return
	case KindReopen:
		reopen(it)
		return
	case KindRenewed:
		it.Renewals++
		it.Fault, it.Due = o.fault, time.Time{}
		return
	case KindReverted:
		it.Reverts++
		it.Fault, it.Due = o.fault, time.Time{}
		return
	case KindGaveUp:
		newGeneration(it)
		it.Fault, it.Due = o.fault, time.Time{}
		return
	}
	it.Fault, it.Due = nil, time.Time{}
	if it.Reason != Duplicate { // for good: it says whose asset the row has
		it.Reason = ""
	}
	if o.kind != KindReserved { // a reservation alone is not progress: its form may never work, and attempts are bounded
		it.Attempt = 0
	}
	progress(it, o, at)
}

// progress records what a step that worked has learned.
func progress(it *Item, o Outcome, at time.Time) {
	switch o.kind {
	case KindReserved:
		it.AssetID, it.To, it.Frozen = o.asset, o.to, true
	case KindSent:
		it.Digest, it.Sent, it.Unanswered, it.Renewals = o.digest, o.size, o.lost, 0
	case KindCompleted:
		it.Presumed = o.lost
	case KindIntent:
		it.IntentAt, it.To, it.Frozen = at, o.to, true
	case KindCreated:
		it.AssetID, it.URL = o.asset, ShownURL(it.URL)
	case KindReady:
		becomeReady(it, o, at)
	case KindAdopted, KindLinked:
		it.AssetID, it.To, it.Frozen, it.Digest, it.Sent = o.asset, o.to, true, o.digest, o.size
		it.Adopted = true
		if o.kind == KindLinked {
			it.Reason, it.Prev = Duplicate, o.other
			it.Project, it.NodeID, it.CanvasURL = o.project, o.node, o.canvas
		}
		becomeReady(it, o, at)
	case KindAttached:
		it.Project, it.NodeID, it.CanvasURL = o.project, o.node, o.canvas
		passOver(it, o.work, at)
	case KindAttachAgain:
		it.AttachN++
		it.AttachAt, it.AttachTo = o.at, o.project
		it.Lender, it.LenderN = o.other, o.otherN
	case KindFiledAway:
		finish(it, o.away, o.movedTo, at)
	}
}

func becomeReady(it *Item, o Outcome, at time.Time) {
	it.AssetURL, it.ReadyAt, it.Agreed = ShownURL(o.url), o.at, o.agreed
	if it.ReadyAt.IsZero() {
		it.ReadyAt = at
	}
	if !o.work.Attach {
		it.Phase = Attached
		passOver(it, o.work, at)
	}
}

// passOver skips the filing away that nobody asked for.
func passOver(it *Item, work Work, at time.Time) {
	if !work.Away {
		finish(it, AwayKept, "", at)
	}
}

func finish(it *Item, away Away, movedTo string, at time.Time) {
	it.Phase, it.Away, it.MovedTo, it.DoneAt = Done, away, movedTo, at
	it.Tries = thin(it.Tries)
}

func reopen(it *Item) {
	if it.Reason == Ambiguous {
		newGeneration(it)
	}
	it.Halt, it.Reason, it.Fault, it.Due = None, "", nil, time.Time{}
	it.Attempt, it.Renewals, it.Reverts = 0, 0, 0
}

// newGeneration leaves the reservation behind. The request body thaws: nothing of it is at FLORA under the new key.
func newGeneration(it *Item) {
	it.Phase, it.Frozen = Queued, false
	it.Generation++
	if it.AssetID != "" {
		it.Previous = remember(it.Previous, it.AssetID)
	}
	it.AssetID, it.AssetURL, it.Renewals, it.IntentAt = "", "", 0, time.Time{}
}

// Fold makes the older row take over path and stamps of the newer one, whose content is the same (outcome SameAs): the newer row goes, in the same
// transaction. The newer must be queued, since a reservation is never left behind by a fold. What counted as deleted is kept: here it is.
func Fold(older, newer Item) (Item, error) {
	if newer.Phase != Queued || newer.Halt != None {
		return older, fmt.Errorf("fold %v, which is %v, into %v: %w", newer.ID, newer.Phase, older.ID, ErrNoTransition)
	}
	older.Root, older.Path, older.Print = newer.Root, newer.Path, newer.Print
	if older.Away == AwayDeleted {
		older.Away = AwayKept
	}
	older.Rev++
	return older, nil
}
