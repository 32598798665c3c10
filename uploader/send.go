package uploader

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

// renewalsN is how many renewals in a row without a 2xx are evidence about forms; beyond it something else is wrong (design, rule 5).
const renewalsN = 8

// send posts the bytes of a reserved row to its form. Without a usable form the renewal goes on disk first, then retry is asked.
func (r *row) send(ctx context.Context) (*state.Outcome, error) {
	s, ok := r.u.forms.get(r.it.ID)
	switch now := time.Now(); {
	case r.renewing:
		return r.renew(ctx)
	case !ok:
		return r.stale("lost", "the form was lost with its process")
	case !s.fresh && s.form.Expired(now):
		return r.stale("expired", "the form expired")
	case s.posts > 0 && !s.form.Reusable():
		return r.stale("spent", "the form may have been used")
	}
	if o, err := r.open(ctx); o != nil || err != nil || r.file == nil {
		return o, err
	}
	h := r.u.hosts.of(s.form.Host())
	if !r.trying && !h.try(time.Now()) {
		return nil, r.waitOn(&h.breaker)
	}
	return r.post(ctx, s, h)
}

// stale records that the form cannot be used. After renewalsN of them without a 2xx, another one is a passing fault.
func (r *row) stale(code, message string) (*state.Outcome, error) {
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
	err := r.api(ctx, func(ctx context.Context) (flora.Meta, error) {
		var err error
		reservation, err = r.root.Account.Client.Retry(ctx, r.it.AssetID, freshKey())
		return reservation.Meta, err
	})
	var refused *flora.Error
	switch {
	case err == nil && !reservation.Form.IsZero():
		r.renewing = false
		r.u.forms.put(r.it.ID, signed{form: reservation.Form, fresh: true})
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
	var gone *flora.Error
	switch {
	case errors.As(err, &gone) && gone.Status == http.StatusNotFound:
		return r.confirmGone(ctx, evidence)
	case err != nil:
		return nil, err
	case a.Status == flora.StatusReady:
		if o, err := r.open(ctx); o != nil || err != nil || r.file == nil {
			return o, err
		}
		if o, err := r.adopt(ctx, r.it.To, r.it.AssetID); o != nil || err != nil {
			return o, err
		}
		return is(r.ambiguous("asset " + r.it.AssetID + " is ready with other bytes")), nil
	}
	return is(state.GaveUp(evidence)), nil
}

// confirmGone gives a reservation up when its asset is not found and the workspace can be listed with the same key.
func (r *row) confirmGone(ctx context.Context, evidence *state.Fault) (*state.Outcome, error) {
	err := r.api(ctx, func(ctx context.Context) (flora.Meta, error) {
		page, err := r.root.Account.Client.List(ctx, flora.ListQuery{WorkspaceID: r.workspace(), Limit: 1})
		return page.Meta, err
	})
	if err != nil {
		return nil, err
	}
	return is(state.GaveUp(evidence)), nil
}

// post sends the bytes once and judges the answer together with the proof.
func (r *row) post(ctx context.Context, s signed, h *host) (*state.Outcome, error) {
	if err := r.u.slots.acquire(ctx); err != nil {
		return nil, err
	}
	r.doing.Store("send")
	r.sent.Store(0)
	s.fresh = false
	s.posts++
	r.u.forms.put(r.it.ID, s)
	body := r.u.newBody(ctx, r.file, r.it.Print.Size, &r.sent)
	receipt, err := r.root.Account.Client.Upload(ctx, s.form, flora.File{Name: r.it.To.Name, ContentType: r.it.To.Type, Size: r.it.Print.Size, Body: body})
	r.u.slots.release()
	if err == nil {
		r.storageWell(h)
		r.u.slots.grow()
		return r.prove(ctx, body, receipt, false)
	}
	var read *flora.ReadError
	var storage *flora.StorageError
	switch {
	case ctx.Err() != nil:
		return nil, err
	case errors.As(err, &read) && (errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errGrown)):
		return r.other(ctx)
	case errors.As(err, &storage):
		return r.storageSays(h, s, storage, err)
	case receipt.WholeBody && body.whole():
		// Rule 7: only the answer is missing. Ask FLORA before sending everything again.
		if o, err := r.prove(ctx, body, receipt, true); o != nil || err != nil {
			return o, err
		}
	}
	return nil, r.storageFailed(h, err)
}

// storageSays judges an error answer of the storage: read, not guessed.
func (r *row) storageSays(h *host, s signed, e *flora.StorageError, err error) (*state.Outcome, error) {
	v := classify(err, time.Now())
	switch v.fault.Class {
	case state.FormStale:
		r.storageWell(h)
		return r.stale(v.fault.Code, v.fault.Message)
	case state.StorageDown:
		return nil, r.storageFailed(h, err)
	}
	r.storageWell(h)
	if e.Verdict == flora.VerdictUnknown && !s.form.Reusable() {
		return r.stale(v.fault.Code, v.fault.Message)
	}
	return nil, err
}

// storageFailed counts a failure of the upload host. While the host is taken to be down, rows wait and lose nothing; otherwise it is this row's.
func (r *row) storageFailed(h *host, err error) error {
	now := time.Now()
	if !h.failed(r.it.ID) {
		return err
	}
	hint := "nothing to do if the storage is down; otherwise look at the network, DNS and the proxy"
	if h.trip(now, state.StorageIsDown, err.Error(), hint) {
		r.u.notice(state.APIDownSeen, state.StorageIsDown, err, hint)
	}
	blocked, _ := h.blocked()
	return waitUntil(blocked.Until)
}

func (r *row) storageWell(h *host) {
	if h.well() {
		r.u.notice(state.APIResumed, state.StorageIsDown, nil, "")
		r.u.wake()
	}
}
