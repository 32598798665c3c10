package uploader

import (
	"context"
	"errors"
	"net/http"
	"path"
	"time"

	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

// createWindow is how long an asset from a URL is looked for after its request's answer was lost.
const createWindow = 10 * time.Minute

// fromURL reports a row without a file.
func (r *row) fromURL() bool { return r.it.Path == "" }

// create has FLORA fetch a URL. One request makes a ready asset, so the intent is on disk before it, and while that stands no second one is sent.
func (r *row) create(ctx context.Context) (*state.Outcome, error) {
	if r.it.IntentAt.IsZero() {
		// No intent on disk that cannot be acted on now.
		if err := r.needsPayment(r.admit); err != nil {
			return nil, err
		}
		to := r.it.To
		to.Name = sentName(path.Base(state.ShownURL(r.it.URL)))
		r.mayPost = true
		return is(state.Intent(to)), nil
	}
	if !r.mayPost {
		return r.findCreated(ctx)
	}
	r.doing.Store("create")
	r.mayPost = false
	var reservation flora.Reservation
	sent := false
	err := r.apiPaid(ctx, func(ctx context.Context) (flora.Meta, error) {
		sent = true
		var err error
		reservation, err = r.root.Account.Client.CreateFromURL(ctx, flora.CreateRequest{URL: r.it.URL, WorkspaceID: r.it.To.Workspace,
			FileName: r.it.To.Name, Folder: r.it.To.Folder}, state.ReservationKey(r.u.opt.Machine, "", r.it))
		return reservation.Meta, err
	})
	var refused *flora.Error
	switch {
	case err == nil:
		r.paid(flora.OpCreate)
		return is(state.Created(reservation.Asset.ID).By(reservation.Meta.RequestID, 0)), nil
	case !sent, neverArrived(err),
		errors.As(err, &refused) && refused.Status < 500 && refused.Status != http.StatusConflict && refused.Status != http.StatusRequestTimeout:
		return r.notCreated(ctx, err)
	}
	return nil, waitFor(time.Second) // whatever became of it, the list tells
}

// notCreated: the request was refused or never arrived, so nothing was made: the intent is taken back, and the fault is judged as any other.
func (r *row) notCreated(ctx context.Context, err error) (*state.Outcome, error) {
	f := classify(err, time.Now()).fault
	if _, applyErr := r.apply(ctx, state.GaveUp(&f), time.Now()); applyErr != nil {
		return nil, waitUntil(time.Time{})
	}
	return nil, err
}

// neverArrived reports a request that did not reach the server.
func neverArrived(err error) bool {
	var t *flora.TransportError
	if errors.As(err, &t) {
		return t.Phase == flora.PhaseDNS || t.Phase == flora.PhaseDial || t.Phase == flora.PhaseTLS
	}
	var key *flora.KeyError
	return errors.As(err, &key) || errors.Is(err, flora.ErrNoKey)
}

// findCreated looks for the asset of a request whose answer was lost: until found or the window is over, then the row is parked.
func (r *row) findCreated(ctx context.Context) (*state.Outcome, error) {
	r.doing.Store("recover")
	since := r.it.IntentAt.Add(r.u.clock.ahead()).Add(-time.Minute)
	found := make(map[string]bool) // rows of a list can repeat
	err := r.eachAsset(ctx, flora.ListQuery{WorkspaceID: r.it.To.Workspace}, func(a flora.Asset) (bool, error) {
		if a.UploadedVia != "url" || a.Name != r.it.To.Name || (!a.CreatedAt.IsZero() && a.CreatedAt.Before(since)) {
			return false, nil
		}
		holder, err := r.u.opt.Queue.Holder(ctx, a.ID)
		if err == nil && holder == 0 {
			found[a.ID] = true
		}
		return false, err
	})
	if err != nil {
		return nil, err
	}
	switch {
	case len(found) == 1:
		for asset := range found {
			return is(state.Created(asset)), nil
		}
	case len(found) > 1:
		return is(r.ambiguous("several assets may be the one made from this URL")), nil
	case time.Since(r.it.IntentAt) > createWindow:
		return is(r.ambiguous("the answer to the request was lost, and no asset made from this URL was found")), nil
	}
	return nil, waitFor(pollDelay(time.Since(r.it.IntentAt)))
}
