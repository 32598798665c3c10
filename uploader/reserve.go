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
	if o != nil || err != nil {
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
	may := func() error {
		if err := r.rerouted(); err != nil {
			return err
		}
		return r.needsForm(r.admit)
	}
	err = r.ask(ctx, r.enterToSend, may, func(ctx context.Context) (flora.Meta, error) {
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
	r.paid(flora.OpReserve)
	if final(reservation.Asset.Status) || reservation.Form.IsZero() {
		return r.replayed(ctx, to, reservation.Asset.ID)
	}
	r.keepForm(reservation)
	return is(state.IsReserved(reservation.Asset.ID, to).By(reservation.Meta.RequestID, 0)), nil
}

// rerouted gives a row back whose folder has another route by now than when it was claimed: it may have waited for a slot for as long as others take to be sent, and
// until it is reserved what is configured counts.
func (r *row) rerouted() error {
	now, ok := r.u.opt.Roots.Root(r.it.Root)
	switch {
	case r.it.Root == "": // named by hand: the command said where it goes
	case !ok:
		return waitUntil(time.Time{})
	case now.Route != r.root.Route:
		return waitFor(0)
	}
	return nil
}

// final reports an asset that waits for no bytes any more. Words that nobody has told of, or none, are taken for one that does: it came with a form.
func final(s flora.Status) bool { return s == flora.StatusReady || s == flora.StatusFailed }

// keepForm keeps the form of an answer for the bytes that follow.
func (r *row) keepForm(reservation flora.Reservation) {
	r.u.hosts.named(r.workspace(), reservation.Form.Host())
	s := signed{form: reservation.Form, asset: reservation.Asset.ID, at: time.Now()}
	if r.it.Phase == state.Queued && r.u.clock.now().Sub(r.u.opt.Queue.Birth()) <= keyWindow {
		left, known := lifetimeOf(reservation)
		s.left, s.doubt = left, !known || !r.u.lifetime.whole(left)
	}
	r.u.forms.put(r.it.ID, s)
}

// doubted looks at an asset before a byte is sent to it: FLORA may answer a key of the last day with its first answer, so that it may be an earlier
// record's. Nil and nil: it is new, or given up.
func (r *row) doubted(ctx context.Context, s signed) (*state.Outcome, error) {
	a, _, err := r.retrieve(ctx, s.asset)
	if err != nil && !notFound(err) { // not to be seen yet: it is new
		return nil, err
	}
	age := r.u.clock.now().Sub(a.CreatedAt)
	if err == nil && (final(a.Status) || !a.CreatedAt.IsZero() && !a.CreatedAt.After(r.u.opt.Queue.Birth()) && age > freshFor) {
		return r.replayed(ctx, r.it.To, s.asset)
	}
	if err == nil && !a.CreatedAt.IsZero() && age <= lifetimeSlack {
		r.u.lifetime.learn(s.left)
	}
	s.doubt = false
	r.u.forms.put(r.it.ID, s)
	return nil, nil
}

// replayed handles an asset that is not new: adopted when it is this file, waited for while it may become ready, else left behind.
func (r *row) replayed(ctx context.Context, to state.Destination, asset string) (*state.Outcome, error) {
	r.leave()
	a, _, err := r.retrieve(ctx, asset)
	switch {
	case err != nil:
		return nil, err
	case a.Status == flora.StatusReady:
		if o, err := r.open(ctx); o != nil || err != nil {
			return o, err
		}
		if o, err := r.adopt(ctx, to, asset); o != nil || err != nil {
			return o, err
		}
	case a.Status != flora.StatusFailed && r.u.earlier.patient(r.workspace(), time.Now()):
		return nil, waitFor(time.Minute)
	}
	return is(state.GaveUp(&state.Fault{Class: state.Passing, Code: "replayed", Message: "FLORA answered with an asset of an earlier record", At: time.Now()})), nil
}

// answered notes an answer that says nothing of payment: FLORA took the request, or refused it for the asset's state.
func (r *row) answered(op flora.Op, err error) {
	var refused *flora.Error
	if err == nil || errors.As(err, &refused) && lifecycle(refused.Status) {
		r.paid(op)
	}
}

// paid notes that FLORA took a request that needs somebody to have paid: a reservation, or the kind of request that was refused for it.
func (r *row) paid(op flora.Op) {
	a := r.root.Account
	if refused, _ := a.unpaid.Load().(flora.Op); op == flora.OpReserve || op == flora.OpCreate || op == refused {
		r.u.resume(&a.payment, state.PaymentRequired)
	}
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
