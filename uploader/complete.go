package uploader

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

const (
	// revertsN is how often FLORA may fail an asset, or miss its bytes, before the row fails.
	revertsN = 3
	// refusalsN is how many of those must have been for the same cause: the others may have been an outage of the storage.
	refusalsN = 2
	// assetFailed is the code of an asset that FLORA failed.
	assetFailed = "asset_failed"
)

// complete tells FLORA that the bytes are there. It is reached only from a committed uploaded (rule 3).
func (r *row) complete(ctx context.Context) (*state.Outcome, error) {
	r.doing.Store("complete")
	asset, meta, err := r.tellComplete(ctx)
	var refused *flora.Error
	switch {
	case err == nil:
		return r.standing(ctx, asset, meta)
	case errors.As(err, &refused) && lifecycle(refused.Status):
		return r.completeRefused(ctx, refused)
	}
	return nil, err
}

// tellComplete sends the request.
func (r *row) tellComplete(ctx context.Context) (asset flora.Asset, meta flora.Meta, err error) {
	err = r.api(ctx, func(ctx context.Context) (flora.Meta, error) {
		var err error
		asset, meta, err = r.root.Account.Client.Complete(ctx, r.it.AssetID, freshKey())
		return meta, err
	})
	r.answered(flora.OpComplete, err)
	return asset, meta, err
}

// completeRefused looks at the asset: its state decides, not the code of the refusal.
func (r *row) completeRefused(ctx context.Context, refused *flora.Error) (*state.Outcome, error) {
	asset, meta, err := r.retrieve(ctx, r.it.AssetID)
	switch {
	case notFound(err):
		return r.gone(ctx, err)
	case err != nil && (refused.Status != http.StatusConflict || ctx.Err() != nil):
		return nil, err
	case err == nil && (asset.Status == flora.StatusReady || asset.Status == flora.StatusFailed):
		return r.standing(ctx, asset, meta)
	case r.it.Phase == state.Completed && (refused.Status == http.StatusConflict || refused.Status == http.StatusNotFound):
		return nil, waitFor(pollDelay(time.Since(r.completedAt())))
	case refused.Status == http.StatusConflict: // also when it cannot be looked at now: complete is not to be asked again before each look
		return is(state.PresumedCompleted().By(refused.RequestID, 0)), nil // completed before, still processing
	}
	f := classify(refused, time.Now()).fault
	if refused.Status == http.StatusNotFound { // and yet it is there: that says nothing of its bytes (rule 4)
		return r.passing(time.Now(), f), nil
	}
	f.Message = "FLORA misses the bytes: " + f.Message
	return r.revert(&f)
}

// standing draws the conclusion from what FLORA says of an asset whose completion was sent.
func (r *row) standing(ctx context.Context, a flora.Asset, meta flora.Meta) (*state.Outcome, error) {
	switch a.Status {
	case flora.StatusReady:
		return r.ready(ctx, a, meta)
	case flora.StatusFailed:
		f := &state.Fault{Class: state.Passing, Code: assetFailed, Message: "FLORA failed the asset: " + a.FailureMessage, RequestID: meta.RequestID,
			At: time.Now()}
		if r.fromURL() {
			f.Class = state.Lasting
			return is(state.Fail(assetFailed, f)), nil
		}
		return r.revert(f)
	}
	if r.it.Phase == state.Completed {
		return nil, waitFor(pollDelay(time.Since(r.completedAt())))
	}
	return is(state.IsCompleted().By(meta.RequestID, 0)), nil
}

// ready compares what FLORA says it has with what was sent.
func (r *row) ready(ctx context.Context, a flora.Asset, meta flora.Meta) (*state.Outcome, error) {
	if !a.SizeKnown && !r.fromURL() && (r.it.Unanswered || r.root.After != Keep) {
		// The answer of complete need not tell the size; the asset itself may.
		var err error
		if a, meta, err = r.retrieve(ctx, r.it.AssetID); notFound(err) {
			return r.gone(ctx, err)
		} else if err != nil && ctx.Err() == nil && r.it.Phase == state.Uploaded {
			return is(state.IsCompleted().By(meta.RequestID, 0)), nil // one request is left to be made, not two
		} else if err != nil {
			return nil, err
		}
	}
	switch {
	case r.fromURL():
	case a.SizeKnown && a.SizeBytes != r.it.Sent:
		return is(r.ambiguous(fmt.Sprintf("asset %s is ready with %d bytes, %d were sent", a.ID, a.SizeBytes, r.it.Sent))), nil
	case !a.SizeKnown && r.it.Unanswered:
		same, err := r.sameBytes(ctx, a, r.it.Digest)
		switch {
		case err != nil && (ctx.Err() != nil || passes(err)):
			return nil, err
		case err != nil:
			return is(r.ambiguous(fmt.Sprintf("asset %s is ready, storage's answer was lost, and its bytes cannot be read: %v", a.ID, err))), nil
		case !same:
			return is(r.ambiguous(fmt.Sprintf("asset %s is ready with other bytes", a.ID))), nil
		}
	}
	return is(state.IsReady(a.URL, meta.Date, a.SizeKnown, r.work()).By(meta.RequestID, 0)), nil
}

// revert goes back to reserved, on disk before retry is sent (rule 5), as often as revertsN. Bytes that are missing where the storage's answer was lost
// are the storage's failure, which an outage repeats for every row: those are counted as such, and do not fail the row here.
func (r *row) revert(f *state.Fault) (*state.Outcome, error) {
	switch missing := r.it.Unanswered && f.Code != assetFailed; {
	case missing:
		r.missed = f
	case int(r.it.Reverts) >= revertsN && r.refusals(f.Code) >= refusalsN:
		f.Class = state.Lasting
		f.Message = fmt.Sprintf("%s (%d times)", f.Message, r.it.Reverts+1)
		return is(state.Fail(state.Reason(f.Code), f)), nil
	}
	r.renewing, r.renewed = true, r.renewed+1
	r.u.forms.drop(r.it.ID)
	return is(state.Reverted(f)), nil
}

// refusals is how often FLORA said the same of the asset before, among the tries that are remembered.
func (r *row) refusals(code string) (n int) {
	for _, t := range r.it.Tries {
		if t.Step == state.KindReverted.String() && t.Code == code {
			n++
		}
	}
	return n
}

func notFound(err error) bool {
	var e *flora.Error
	return errors.As(err, &e) && e.Status == http.StatusNotFound
}

// work says what is left to do once the row is ready, as configured now.
func (r *row) work() state.Work {
	return state.Work{Attach: r.project() != "", Away: r.filesAway()}
}

// freshKey returns an Idempotency-Key for a request that may be repeated: a fixed key would lock a lost answer out for two hours (rule 6).
func freshKey() string {
	var b [16]byte
	rand.Read(b[:])
	return "florasync-" + hex.EncodeToString(b[:])
}
