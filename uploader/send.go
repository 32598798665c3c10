package uploader

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

// renewalsN is how many renewals in a row without a 2xx are evidence about forms; beyond it something else is wrong (rule 5).
const renewalsN = 8

// send posts the bytes of a reserved row to its form. Without a usable form the renewal goes on disk first, then retry is asked.
func (r *row) send(ctx context.Context) (*state.Outcome, error) {
	if f := r.missed; f != nil {
		r.missed = nil
		return r.lostBytes(f)
	}
	if r.renewing {
		return r.renew(ctx)
	}
	s, ok := r.u.forms.get(r.it.ID, r.it.AssetID)
	if ok && s.doubt {
		return r.doubted(ctx, s)
	}
	code, message := s.stale(time.Now())
	if !ok {
		code, message = "lost", "the form was lost with its process"
	}
	if code != "" {
		if err := r.needsForm(r.asleep); err != nil {
			return nil, err
		}
	} else if err := r.asleep(&r.u.hosts.of(s.form.Host()).breaker); err != nil {
		return nil, err
	}
	if o, err := r.open(ctx); o != nil || err != nil {
		return o, err
	}
	if o, err := r.linkReserved(ctx); o != nil || err != nil {
		return o, err
	}
	if code != "" {
		if err := r.needsForm(r.admit); err != nil {
			return nil, err
		}
		return r.stale(code, message)
	}
	h := r.u.hosts.of(s.form.Host())
	if err := r.admit(&h.breaker); err != nil {
		return nil, err
	}
	if err := r.enterToSend(ctx); err != nil {
		return nil, err
	}
	// Others may have held the slots for long.
	if code, _ := s.stale(time.Now()); code != "" {
		r.leave()
		return nil, nil
	}
	if err := r.admit(&h.breaker); err != nil {
		return nil, err
	}
	return r.post(ctx, s, h)
}

// stale records that the form cannot be used. After renewalsN of them without a 2xx, another one is a passing fault.
func (r *row) stale(code, message string) (*state.Outcome, error) {
	r.leave()
	f := state.Fault{Class: state.FormStale, Code: code, Message: message, At: time.Now()}
	r.u.forms.drop(r.it.ID)
	if r.it.Renewals >= renewalsN && r.renewed > 0 {
		f.Message = "no form worked: " + message
		return r.passing(f.At, f), nil
	}
	r.renewing = true
	r.renewed++
	return is(state.Renewed(&f)), nil
}

// renew asks for a fresh form of the same asset. Refused: the asset's state decides (rule 7).
func (r *row) renew(ctx context.Context) (*state.Outcome, error) {
	r.doing.Store("retry")
	var reservation flora.Reservation
	err := r.apiHolding(ctx, func(ctx context.Context) (flora.Meta, error) {
		var err error
		reservation, err = r.root.Account.Client.Retry(ctx, r.it.AssetID, freshKey())
		return reservation.Meta, err
	})
	r.answered(flora.OpRetry, err)
	var refused *flora.Error
	switch {
	case err == nil && !reservation.Form.IsZero():
		r.renewing = false
		r.keepForm(reservation)
		return nil, nil
	case err == nil:
		return r.refused(ctx, &state.Fault{Class: state.FormStale, Code: "no_form", Message: "FLORA gave no new form", At: time.Now()})
	case errors.As(err, &refused) && lifecycle(refused.Status):
		f := classify(err, time.Now()).fault
		f.Class = state.FormStale
		return r.refused(ctx, &f)
	}
	return nil, err
}

// lifecycle reports the statuses with which FLORA says that an asset is in the wrong state, or not there: judged by the asset, not by the code.
func lifecycle(status int) bool {
	return status == http.StatusBadRequest || status == http.StatusNotFound || status == http.StatusConflict || status == http.StatusUnprocessableEntity
}

// refused handles a retry that FLORA refused: what stands at reserved can become ready only if an earlier record completed it.
func (r *row) refused(ctx context.Context, evidence *state.Fault) (*state.Outcome, error) {
	a, _, err := r.retrieve(ctx, r.it.AssetID)
	switch {
	case notFound(err):
		if o, err := r.listable(ctx); o != nil || err != nil {
			return o, err
		}
	case err != nil:
		return nil, err
	case a.Status == flora.StatusReady:
		if o, err := r.open(ctx); o != nil || err != nil {
			return o, err
		}
		if o, err := r.adopt(ctx, r.it.To, a.ID); o != nil || err != nil {
			return o, err
		}
		return is(r.ambiguous("asset " + r.it.AssetID + " is ready with other bytes")), nil
	case a.Status != flora.StatusFailed && r.restored() && r.u.earlier.patient(r.workspace(), time.Now()):
		return nil, waitFor(time.Minute) // a life that this backup does not know of may have completed it
	}
	if wait := r.untilCompleted(time.Now()); wait > 0 && a.Status != flora.StatusFailed {
		return nil, waitFor(wait)
	}
	return is(state.GaveUp(evidence)), nil
}

// restored reports a row of a restored backup: nobody knows what became of it since.
func (r *row) restored() bool { return r.it.ID <= r.u.opt.Queue.Restored() }

// listable makes sure that the workspace can be seen with this key: only then does an asset's 404 say anything. An outcome or an error says that it
// cannot.
func (r *row) listable(ctx context.Context) (*state.Outcome, error) {
	_, err := r.list(ctx, flora.ListQuery{WorkspaceID: r.workspace(), Limit: 1})
	var e *flora.Error
	if errors.As(err, &e) && (e.Status == http.StatusNotFound || e.Status == http.StatusForbidden) && e.Code != "paid_plan_required" {
		f := classify(err, time.Now()).fault
		return r.passing(f.At, f), nil
	}
	return nil, err
}
