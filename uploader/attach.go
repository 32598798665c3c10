package uploader

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

// attachWindow is how long after ready the attach request may be repeated under its key: FLORA's two hours, less what a slow answer may take.
const attachWindow = 110 * time.Minute

// project is where the row's asset is to be attached, as configured now; only while the workspace is the one the asset is in.
func (r *row) project() string { return projectOf(r.it, r.root) }

func projectOf(it state.Item, root Root) string {
	if it.Root == "" {
		return it.Project
	}
	if it.To.Workspace != "" && it.To.Workspace != root.Route.Workspace {
		return ""
	}
	return root.Route.Project
}

// attach puts the asset on the project's canvas, once: within the key's window a duplicate means that it is there; later, and when another record may have
// attached it under a key that this one does not know, the list is asked first. So it is while nobody has told the time, which decides: its answer tells
// that, too, and within the window the key stays what it was, since a list does not show a request that is still on its way.
func (r *row) attach(ctx context.Context) (*state.Outcome, error) {
	r.doing.Store("attach")
	project := r.project()
	if project == "" { // the configuration does not ask for it any more
		return is(state.IsAttached("", "", "", r.work())), nil
	}
	if o, err := r.shareCanvas(ctx, project); o != nil || err != nil {
		return o, err
	}
	if !r.u.clock.known() || !r.keyHolds(project) {
		there, err := r.onCanvas(ctx, project)
		switch {
		case err != nil:
			return nil, err
		case there:
			return is(state.IsAttached(project, "", "", r.work())), nil
		case !r.keyHolds(project):
			again := state.AttachAgain(r.u.clock.now(), project)
			if r.lender != nil {
				again = again.Under(*r.lender)
			}
			return is(again), nil
		}
	}
	key := state.AttachKey(r.u.opt.Machine, r.it, project)
	var attachment flora.Attachment
	err := r.api(ctx, func(ctx context.Context) (flora.Meta, error) {
		var err error
		attachment, err = r.root.Account.Client.Attach(ctx, project, r.it.AssetID, key)
		return attachment.Meta, err
	})
	r.answered(flora.OpAttach, err)
	var e *flora.Error
	switch {
	case err == nil, duplicate(err) && errors.As(err, &e) && e.Code != "":
		return is(state.IsAttached(project, attachment.NodeID, attachment.CanvasURL, r.work()).By(attachment.Meta.RequestID, 0)), nil
	case errors.As(err, &e) && e.Status == http.StatusConflict:
		f := classify(err, time.Now()).fault
		return r.passing(f.At, f), nil
	}
	return nil, err
}

// keyHolds reports that the row's key stands for every attach request that may have been sent for it to this project: FLORA refuses a second one under it. When
// another project was looked at before the row got its key, one may have been sent under an earlier key.
func (r *row) keyHolds(project string) bool {
	switch {
	case r.it.AttachAt.IsZero() && (r.shared || r.restored() || r.it.Adopted):
		return false
	case r.it.AttachTo != "" && r.it.AttachTo != project:
		return false
	}
	return inKeyWindow(r.it, r.u.clock.now())
}

// inKeyWindow reports that FLORA still knows the key under which a row may have sent: since ready, or since the list was asked, when the key is a new one.
func inKeyWindow(it state.Item, now time.Time) bool {
	since := it.ReadyAt
	if !it.AttachAt.IsZero() {
		since = it.AttachAt
	}
	return now.Sub(since) <= attachWindow
}

// onCanvas lists the project's assets, twice, since rows can be missed while others insert.
func (r *row) onCanvas(ctx context.Context, project string) (there bool, err error) {
	for range 2 {
		err = r.eachAsset(ctx, flora.ListQuery{WorkspaceID: r.workspace(), ProjectID: project}, func(a flora.Asset) (bool, error) {
			there = a.ID == r.it.AssetID
			return there, nil
		})
		if err != nil || there {
			break
		}
	}
	return there, err
}
