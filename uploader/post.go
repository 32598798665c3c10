package uploader

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

const hintStorage = "nothing to do if the storage is down; otherwise look at the network, DNS and the proxy"

// post sends the bytes once, in the slot that is held, and judges the answer together with the proof.
func (r *row) post(ctx context.Context, s signed, h *host) (*state.Outcome, error) {
	r.doing.Store("send")
	r.sent.Store(0)
	before := s
	s.posts++
	r.u.forms.put(r.it.ID, s)
	posted := r.u.posts.note(r.it, r.print, r.it.ID > r.u.opt.Queue.Opened())
	body := r.u.newBody(ctx, r.file, r.it.Print.Size, &r.sent)
	receipt, err := r.root.Account.Client.Upload(ctx, s.form, flora.File{Name: r.it.To.Name, ContentType: r.it.To.Type, Size: r.it.Print.Size, Body: body})
	r.leave()
	if err == nil {
		r.storageWell(h)
		return r.prove(ctx, body, receipt, false)
	}
	var read *flora.ReadError
	var storage *flora.StorageError
	var transport *flora.TransportError
	var redirect *flora.RedirectError
	switch {
	case ctx.Err() != nil:
		return nil, err
	case errors.As(err, &read) && (errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errGrown)):
		return r.misread(ctx)
	case errors.As(err, &storage):
		return r.storageSays(h, s, storage, err)
	case receipt.WholeBody && body.whole() && r.u.posts.sole(r.it.ID):
		// Rule 7: only the answer is missing. Ask FLORA before sending everything again: what it has are these bytes, or none. Where bytes of another version may
		// have come before them FLORA's word says nothing, and an answer of the storage is waited for.
		return r.prove(ctx, body, receipt, true)
	case errors.As(err, &transport) && neverArrived(err):
		r.u.forms.put(r.it.ID, before) // nobody has seen the form
		r.u.posts.restore(r.it.ID, posted)
		return r.storageFailed(h, err, true)
	case errors.As(err, &transport) && receipt.WholeBody && body.whole() && h.streak() >= storageFailures-1 && r.mayLeave():
		// A storage whose answers never come back would never say so of this asset; of a new one FLORA can.
		f := classify(err, time.Now()).fault
		return is(state.GaveUp(&f)), nil
	case errors.As(err, &transport), errors.As(err, &redirect):
		return r.storageFailed(h, err, false)
	}
	return nil, err // the file, or what was asked of the client: not the host's doing
}

// mayLeave reports that a reserved row's asset cannot become ready any more: no life can have completed it, and no completion is on its way (rule 4).
func (r *row) mayLeave() bool { return !r.restored() && r.untilCompleted(time.Now()) == 0 }

// storageSays judges an error answer of the storage: read, not guessed.
func (r *row) storageSays(h *host, s signed, e *flora.StorageError, err error) (*state.Outcome, error) {
	v := classify(err, time.Now())
	if v.fault.Class == state.StorageDown {
		return r.storageFailed(h, err, false)
	}
	if v.fault.Class != state.FormStale { // that a form is refused says nothing of whether the host takes bytes
		r.storageWell(h)
	}
	if v.fault.Class == state.FormStale || e.Verdict == flora.VerdictUnknown && !s.form.Reusable() {
		return r.stale(v.fault.Code, v.fault.Message)
	}
	return nil, err
}

// storageFailed counts a failure of the upload host. While nobody can tell whose it is, and while the host is taken to be down, the row waits and loses
// nothing; otherwise it is the row's own.
func (r *row) storageFailed(h *host, err error, connect bool) (*state.Outcome, error) {
	now := time.Now()
	down, own := h.failed(r.it.ID, connect)
	if own {
		return nil, err
	}
	f := classify(err, now).fault
	f.Class = state.StorageDown
	if !down {
		return is(state.Later(now.Add(backoff(h.streak(), r.u.opt.Jitter())), &f)), nil
	}
	if h.trip(now, state.StorageIsDown, err.Error(), hintStorage) {
		r.u.notice(state.APIDownSeen, state.StorageIsDown, err, hintStorage)
	}
	until, _ := h.next(now)
	f.Hint = hintStorage
	return is(state.Later(until, &f)), nil
}

func (r *row) storageWell(h *host) {
	if h.well(r.it.ID) {
		r.u.notice(state.APIResumed, state.StorageIsDown, nil, "")
		r.u.wake()
	}
}

// lostBytes counts a send without an answer of which FLORA has no bytes: the storage failed it.
func (r *row) lostBytes(f *state.Fault) (*state.Outcome, error) {
	h := r.u.hosts.expected(r.workspace())
	if h == nil { // sent in an earlier life
		return nil, nil
	}
	lost := &flora.TransportError{Op: flora.OpUpload, Host: "storage", Phase: flora.PhaseAnswer, Err: f}
	o, err := r.storageFailed(h, lost, false)
	if err == nil || int(r.it.Reverts) < r.u.limits.Load().MaxAttempts {
		return o, err
	}
	f.Message = fmt.Sprintf("gave up after %d sends: %s", r.it.Reverts, f.Message)
	return is(state.Fail(state.AttemptsUp, f)), nil
}
