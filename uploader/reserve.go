package uploader

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

// reservationsN is how many reservations may be left behind in a row before backing off: each leaves an empty pending asset that the API cannot remove.
const reservationsN = 2

// reserve examines a queued row and asks FLORA for an asset, just before the bytes are sent: forms live short.
func (r *row) reserve(ctx context.Context) (*state.Outcome, error) {
	if err := r.needsForm(r.asleep); err != nil {
		return nil, err
	}
	to, o, err := r.examine(ctx)
	if o != nil || err != nil || to.Name == "" {
		return o, err
	}
	if r.gaveUp > reservationsN && r.it.Fault != nil {
		return r.passing(time.Now(), *r.it.Fault), nil
	}
	if err := r.needsForm(r.admit); err != nil {
		return nil, err
	}
	r.doing.Store("reserve")
	body := r.it
	body.To = to
	key := state.ReservationKey(r.u.opt.Machine, r.root.Source.Path(), body)
	var reservation flora.Reservation
	err = r.apiHolding(ctx, func(ctx context.Context) (flora.Meta, error) {
		var err error
		reservation, err = r.root.Account.Client.Reserve(ctx, flora.ReserveRequest{WorkspaceID: to.Workspace, FileName: to.Name, ContentType: to.Type,
			Folder: to.Folder}, key)
		return reservation.Meta, err
	})
	switch {
	case duplicate(err):
		return r.recover(ctx, to, err)
	case err != nil:
		return nil, err
	}
	r.paid()
	if o, err := r.replayed(ctx, to, reservation); o != nil || err != nil {
		r.leave()
		return o, err
	}
	r.keepForm(reservation)
	return is(state.IsReserved(reservation.Asset.ID, to).By(reservation.Meta.RequestID, 0)), nil
}

// replayed looks at an asset that may be an earlier record's: FLORA may answer a key of the last day with its first answer. Nil and nil: it is new.
func (r *row) replayed(ctx context.Context, to state.Destination, reservation flora.Reservation) (*state.Outcome, error) {
	pending := reservation.Asset.Status == flora.StatusPending
	birth := r.u.opt.Queue.Birth()
	left, known := lifetimeOf(reservation)
	if pending && (r.u.clock.now().Sub(birth) > keyWindow || known && r.u.lifetime.whole(left)) {
		return nil, nil
	}
	a, _, err := r.retrieve(ctx, reservation.Asset.ID)
	if err != nil {
		if pending && notFound(err) { // so new that it is not to be seen yet
			return nil, nil
		}
		return nil, err
	}
	age := r.u.clock.now().Sub(a.CreatedAt)
	pending = a.Status == flora.StatusPending
	switch {
	case pending && (a.CreatedAt.IsZero() || a.CreatedAt.After(birth) || age <= freshFor):
		r.u.lifetime.learn(left, known && !a.CreatedAt.IsZero() && age <= lifetimeSlack)
		return nil, nil
	case a.Status == flora.StatusReady:
		if o, err := r.adopt(ctx, to, a.ID); o != nil || err != nil {
			return o, err
		}
	case a.Status != flora.StatusFailed && r.u.earlier.patient(r.workspace(), time.Now()):
		return nil, waitFor(time.Minute)
	}
	return is(state.GaveUp(&state.Fault{Class: state.Passing, Code: "replayed", Message: "FLORA answered with an asset of an earlier record", At: time.Now()})), nil
}

// keepForm keeps the form of an answer for the bytes that follow.
func (r *row) keepForm(reservation flora.Reservation) {
	r.u.hosts.named(r.workspace(), reservation.Form.Host())
	r.u.forms.put(r.it.ID, signed{form: reservation.Form, asset: reservation.Asset.ID, at: time.Now()})
}

// paid notes that FLORA took a reservation.
func (r *row) paid() { r.u.resume(&r.root.Account.payment, state.PaymentRequired) }

// duplicate reports that an idempotency key is taken: 409 idempotency_duplicate, or 422 idempotency_conflict (facts, Idempotency).
func duplicate(err error) bool {
	var e *flora.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Status == http.StatusConflict && (e.Code == "idempotency_duplicate" || e.Code == "") ||
		e.Status == http.StatusUnprocessableEntity && e.Code == "idempotency_conflict" || e.Code == "idempotency_duplicate"
}
