package daemon

import (
	"context"
	"errors"
	"fmt"

	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader"
	"github.com/florasync/florasync/watcher"
)

// Plan is what a run would do with one file.
type Plan struct {
	Root   string `json:"root"`
	Path   string `json:"path"`
	Action string `json:"action"` // upload, examine, wait, done, failed, skip, ignore
	Why    string `json:"why"`
}

// DryRun tells, file by file, what a run would do and why: the same rules, the same look at the content, the record as it is. It changes nothing, here
// or at FLORA.
func DryRun(ctx context.Context, o Options, each func(Plan) error) error {
	r, err := wire(o)
	if err != nil {
		return err
	}
	w, err := watcher.New(watcher.Options{Roots: r.watched(), Record: &intake{roots: r}, Observer: silent{}})
	if err != nil {
		return err
	}
	d := dryRun{r, visited{path: RecordPath(o.Config.StateDir), observer: silent{}}}
	return w.Scan(ctx, func(f watcher.Found) error {
		p := Plan{Root: f.Root, Path: f.Path.Text(), Action: "ignore"}
		var err error
		switch {
		case f.Err != nil:
			p.Why = "cannot be looked at: " + f.Err.Error()
		case !f.Taken:
			p.Why = ruleText(f.Decision)
		default:
			p.Action, p.Why, err = d.plan(ctx, f)
		}
		if err != nil {
			return err
		}
		return each(p)
	})
}

type dryRun struct {
	roots  *roots
	record visited
}

// plan says what would become of a file that the rules want, going by what the record knows of it, here or where it stood.
func (d dryRun) plan(ctx context.Context, f watcher.Found) (action, why string, err error) {
	var known queue.Found
	var moved state.Item
	first := true // nothing of the folder is known
	err = d.record.read(ctx, func(q *queue.Queue) (err error) {
		first = !scanned(q, f.Root)
		if known, err = q.Find(ctx, f.Root, f.Path); err == nil {
			moved, err = d.roots.movedFrom(ctx, q, f)
		}
		return err
	})
	if err != nil && !errors.Is(err, queue.ErrMissing) {
		return "", "", err
	}
	root, _ := d.roots.find(f.Root)
	switch {
	case moved.Phase >= state.Uploaded:
		place := moved.Root + ":" + moved.Path.Shown()
		if moved.Root == "" { // named by hand
			place = control.FromState(moved, false).Path
		}
		return "examine", fmt.Sprintf("it stood at %s; it is uploaded again only when its content changed", place), nil
	case first && root.Existing == "ignore" && !known.Known && moved.ID == 0:
		return "ignore", "is there at the first start (existing: ignore)", nil
	}
	action, why = plan(root, f, known)
	return action, why, nil
}

// movedFrom returns the row of a file that stood elsewhere, if there is one.
func (r *roots) movedFrom(ctx context.Context, q *queue.Queue, f watcher.Found) (it state.Item, err error) {
	seen := state.Sighting{Root: f.Root, Path: f.Path, Print: f.Print}
	places, err := q.Standing(ctx, f.Root, []state.Sighting{seen})
	for _, p := range places {
		if !p.Known && r.takes(f.Root, seen, p) && r.left(seen, p) {
			return p.Item, nil
		}
	}
	return it, err
}

// plan says what would become of a file at the place where it stands.
func plan(root *root, f watcher.Found, known queue.Found) (action, why string) {
	it := known.Item
	switch same := known.Known && !known.Gone && it.Print == f.Print; {
	case known.Mark:
		return "ignore", "was there at the first start (existing: ignore), or was forgotten"
	case same && it.Standing() == state.StandsReady:
		return "done", "ready as " + it.AssetID
	case same && it.Standing() == state.StandsFailed:
		return "failed", it.Fault.Error()
	case same && it.Standing() == state.StandsSkipped:
		return "skip", it.Fault.Error()
	case same:
		return "upload", "goes on at " + it.Phase.String()
	case it.Phase >= state.Ready && root.OnChange == "ignore":
		return "skip", "changed after its upload (on_change: ignore)"
	case it.HasDigest() && it.Print.Size == f.Print.Size:
		return "examine", "its stamps changed; it is uploaded again only when its content did"
	}
	kind, reason, text, err := uploader.Preview(root.upload, f.Path, f.Print.Size)
	switch {
	case err != nil:
		return "wait", err.Error()
	case reason != "":
		return "skip", fmt.Sprintf("%s: %s", reason, text)
	}
	workspace, folder := root.upload.Route.Resolve(f.Path)
	return "upload", fmt.Sprintf("%s, %d bytes, to %s/%s", kind, f.Print.Size, workspace, folder)
}

// silent is an observer that nobody listens to.
type silent struct{}

func (silent) Applied(state.Applied) {}
func (silent) Noticed(state.Notice)  {}
