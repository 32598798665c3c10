package uploader

import (
	"context"
	"fmt"
	"time"

	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

const (
	// processingLimit is how long an asset may be processing before the row is parked: never replaced, an operator's retry looks again.
	processingLimit = 24 * time.Hour
	// goneLimit is how long an asset must be missing, while the workspace can be listed, until that counts.
	goneLimit = 10 * time.Minute
	// goneLooks is how often it is looked for in that time: fewer than a row remembers tries.
	goneLooks = 5
)

// poll looks at an asset that FLORA is processing, slower and slower.
func (r *row) poll(ctx context.Context) (*state.Outcome, error) {
	r.doing.Store("poll")
	since := r.completedAt()
	asset, meta, err := r.retrieve(ctx, r.it.AssetID)
	switch {
	case notFound(err):
		return r.gone(ctx, err)
	case err != nil:
		return nil, err
	case asset.Status == flora.StatusReady, asset.Status == flora.StatusFailed:
		return r.standing(ctx, asset, meta)
	}
	processing := time.Since(since)
	if processing > processingLimit {
		return is(state.Fail(state.AttemptsUp, &state.Fault{Class: state.Lasting, Code: "processing", At: time.Now(), RequestID: meta.RequestID,
			Message: fmt.Sprintf("FLORA has been processing asset %s for %s", r.it.AssetID, processing.Round(time.Minute)),
			Hint:    "`florasync retry` looks again; the asset is not replaced, since it may still become ready"})), nil
	}
	if r.it.Presumed && r.u.repeats.due(r.it.ID, since, time.Now()) {
		return r.completeAgain(ctx)
	}
	return nil, waitFor(pollDelay(processing))
}

// completedAt is when FLORA took the completion, as the record remembers it.
func (r *row) completedAt() time.Time {
	for i := len(r.it.Tries) - 1; i >= 0; i-- {
		switch r.it.Tries[i].Step {
		case state.KindCompleted.String(), state.KindCreated.String():
			return r.it.Tries[i].At
		}
	}
	if len(r.it.Tries) > 0 { // it was before those that are remembered
		return r.it.Tries[0].At
	}
	return r.it.SeenAt
}

// gone handles an asset that is not found after complete was sent: never a reason for a new one (rule 4).
func (r *row) gone(ctx context.Context, cause error) (*state.Outcome, error) {
	if o, err := r.listable(ctx); o != nil || err != nil {
		return o, err
	}
	f := classify(cause, time.Now()).fault
	f.Class, f.Code = state.Passing, string(state.NotFound)
	if first := r.firstMissed(); !first.IsZero() && f.At.Sub(first) > goneLimit {
		f.Class, f.Message = state.Lasting, "FLORA does not know the asset any more: "+f.Message
		return is(state.Fail(state.NotFound, &f)), nil
	}
	return is(state.Later(f.At.Add(goneLimit/goneLooks), &f)), nil
}

// firstMissed is since when the asset was missing at every look; zero when it was not at the last one.
func (r *row) firstMissed() (at time.Time) {
	for i := len(r.it.Tries) - 1; i >= 0 && r.it.Tries[i].Code == string(state.NotFound); i-- {
		at = r.it.Tries[i].At
	}
	return at
}
