package uploader

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

const (
	// keyWindow is how far back an earlier record's reservation can still hold a key: 24 h where FLORA replays, and slack.
	keyWindow = 26 * time.Hour
	// pendingWait is how long an earlier record's pending asset is waited for.
	pendingWait = 10 * time.Minute
)

// recover handles a reservation whose key is taken: its answer was lost, to this record or to an earlier one.
func (r *row) recover(ctx context.Context, to state.Destination, cause error) (*state.Outcome, error) {
	fault := classify(cause, time.Now()).fault
	fault.Message = "the answer to an earlier request with this key was lost: " + fault.Message
	birth := r.u.opt.Queue.Birth()
	if r.u.clock.now().Sub(birth) > keyWindow {
		return is(state.GaveUp(&fault)), nil
	}
	r.doing.Store("recover")
	candidates, err := r.u.earlier.find(ctx, r, birth)
	if err != nil {
		return nil, err
	}
	waiting := false
	for _, a := range candidates {
		if a.Name != to.Name || (a.SizeKnown && a.SizeBytes != r.it.Print.Size) {
			continue
		}
		if holder, err := r.holder(ctx, a.ID); err != nil {
			return nil, err
		} else if holder != 0 {
			continue
		}
		switch a.Status {
		case flora.StatusReady:
			if !r.u.earlier.take(r.workspace(), a.ID, r.it.ID) {
				return nil, waitFor(time.Second) // another row with this name and size is looking at it
			}
			r.tookFrom = r.workspace()
			o, err := r.adopt(ctx, to, a.ID)
			if err != nil || o != nil {
				return o, err
			}
		case flora.StatusFailed:
		default:
			waiting = true
		}
	}
	if waiting && r.u.earlier.patient(r.workspace(), time.Now()) {
		return nil, waitFor(time.Minute)
	}
	return is(state.GaveUp(&fault)), nil
}

// adopt looks at an asset that an earlier record may have made of this file. Nil and nil: it is not ours.
func (r *row) adopt(ctx context.Context, to state.Destination, asset string) (*state.Outcome, error) {
	a, meta, err := r.retrieve(ctx, asset)
	if err != nil {
		return nil, err
	}
	if a.Status != flora.StatusReady {
		if r.it.Phase == state.Queued && a.Status == flora.StatusFailed {
			return is(state.GaveUp(&state.Fault{Class: state.Passing, Code: "failed", Message: "FLORA failed an earlier asset: " + a.FailureMessage,
				RequestID: meta.RequestID, At: time.Now()})), nil
		}
		return nil, waitFor(5 * time.Second)
	}
	ours, o, err := r.readDigest(ctx)
	if o != nil || err != nil {
		return o, err
	}
	same, err := r.sameBytes(ctx, a, ours)
	switch {
	case err != nil && (ctx.Err() != nil || passes(err)):
		return nil, err
	case err != nil:
		return is(r.ambiguous(fmt.Sprintf("asset %s may be this file, but its bytes cannot be read: %v", asset, err))), nil
	case !same:
		return nil, nil
	}
	return is(state.Adopted(asset, a.URL, to, ours, r.it.Print.Size, meta.Date, r.work()).By(meta.RequestID, 0)), nil
}

func (r *row) ambiguous(message string) state.Outcome {
	return state.Fail(state.Ambiguous, &state.Fault{Class: state.Lasting, Code: string(state.Ambiguous), Message: message, At: time.Now(),
		Hint: "look at the asset in FLORA; `florasync retry` uploads the file anew"})
}

// passes reports that bytes could not be read now, which says nothing of whether they ever can.
func passes(err error) bool {
	class := classify(err, time.Now()).fault.Class
	return class == state.ServiceDown || class == state.StorageDown || class == state.Local
}

// sameBytes reads the bytes at the asset's URL and compares their digest.
func (r *row) sameBytes(ctx context.Context, a flora.Asset, want [32]byte) (bool, error) {
	if err := r.enter(ctx); err != nil {
		return false, err
	}
	defer r.leave()
	h := sha256.New()
	n, err := r.root.Account.Client.Download(ctx, a.URL, r.it.Print.Size, h)
	if err != nil {
		return false, err
	}
	return n == r.it.Print.Size && [32]byte(h.Sum(nil)) == want, nil
}
