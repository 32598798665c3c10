package uploader

import (
	"context"
	"errors"
	"net/http"
	"path"
	"slices"
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

// findCreated looks for the asset of a request whose answer was lost: until found or the window is over, then the row is parked. What may be another row's is
// never taken: FLORA tells the name of an asset, and not the URL it was made from.
func (r *row) findCreated(ctx context.Context) (*state.Outcome, error) {
	r.doing.Store("recover")
	found, err := r.listCreated(ctx)
	if err != nil {
		return nil, err
	}
	// In this order: another row's asset that was listed is its own by now, or that row still has its intent.
	rival, err := r.u.opt.Queue.Intended(ctx, r.it.ID, r.it.To.Workspace, r.it.To.Name)
	if err != nil {
		return nil, err
	}
	var free []string
	for _, asset := range found {
		holder, err := r.u.opt.Queue.Holder(ctx, asset)
		if err != nil {
			return nil, err
		}
		if holder == 0 {
			free = append(free, asset)
		}
	}
	over := time.Since(r.it.IntentAt) > createWindow
	switch {
	case len(free) == 1 && !rival:
		return is(state.Created(free[0])), nil
	case len(free) > 1 && !rival:
		return is(r.ambiguous("several assets may be the one made from this URL")), nil
	case over && len(free) > 0:
		return is(r.ambiguous("the answer to the request was lost, and what was found may be made from another URL of the same name")), nil
	case over:
		return is(r.ambiguous("the answer to the request was lost, and no asset made from this URL was found")), nil
	}
	return nil, waitFor(pollDelay(time.Since(r.it.IntentAt)))
}

// listCreated returns the assets that may be the one made from the row's URL, each once: rows of a list can repeat.
func (r *row) listCreated(ctx context.Context) (found []string, err error) {
	since := r.it.IntentAt.Add(r.u.clock.ahead()).Add(-time.Minute)
	err = r.eachAsset(ctx, flora.ListQuery{WorkspaceID: r.it.To.Workspace}, func(a flora.Asset) (bool, error) {
		if a.UploadedVia == "url" && a.Name == r.it.To.Name && (a.CreatedAt.IsZero() || !a.CreatedAt.Before(since)) && !slices.Contains(found, a.ID) {
			found = append(found, a.ID)
		}
		return false, nil
	})
	return found, err
}
