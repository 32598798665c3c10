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
	to, o, err := r.examine(ctx)
	if o != nil || err != nil || to.Name == "" {
		return o, err
	}
	if r.gaveUp > reservationsN && r.it.Fault != nil {
		return r.passing(time.Now(), *r.it.Fault), nil
	}
	r.doing.Store("reserve")
	body := r.it
	body.To = to
	key := state.ReservationKey(r.u.opt.Machine, r.root.Source.Path(), body)
	var reservation flora.Reservation
	err = r.api(ctx, func(ctx context.Context) (flora.Meta, error) {
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
	r.root.Account.payment.reset()
	if reservation.Asset.Status != flora.StatusPending {
		// A replayed answer of an earlier record's request: look before anything is sent.
		o, err := r.adopt(ctx, to, reservation.Asset.ID)
		if o == nil && err == nil {
			o = is(state.GaveUp(&state.Fault{Class: state.Passing, Code: "replayed", Message: "FLORA answered with an asset that is not this file", At: time.Now()}))
		}
		return o, err
	}
	r.u.forms.put(r.it.ID, signed{form: reservation.Form, fresh: true})
	return is(state.IsReserved(reservation.Asset.ID, to).By(reservation.Meta.RequestID, 0)), nil
}

// duplicate reports that an idempotency key is taken: 409 idempotency_duplicate, or 422 idempotency_conflict (facts, Idempotency).
func duplicate(err error) bool {
	var e *flora.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Status == http.StatusConflict && (e.Code == "idempotency_duplicate" || e.Code == "") ||
		e.Status == http.StatusUnprocessableEntity && e.Code == "idempotency_conflict" || e.Code == "idempotency_duplicate"
}
