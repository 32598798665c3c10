package daemon

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// leftBehind returns what must be told before these arrivals, which somebody named by hand, are: the places they were renamed from. A watched folder's are found by
// whoever watches it, sooner or later; a command does not wait for that, and nobody ever looks after what only commands named. named is the workspace that the
// command named, or "".
func (s *service) leftBehind(ctx context.Context, q *queue.Queue, arrivals []queue.Arrival, named string) (left []queue.Arrival, err error) {
	byRoot := make(map[string][]state.Sighting)
	of := make(map[string][]queue.Arrival)
	for _, a := range arrivals {
		if a.URL == "" {
			byRoot[a.Root], of[a.Root] = append(byRoot[a.Root], a.Sighting), append(of[a.Root], a)
		}
	}
	for root, sightings := range byRoot {
		places, err := q.Standing(ctx, root, sightings)
		if err != nil {
			return nil, err
		}
		for _, p := range places {
			a := of[root][p.Of]
			if s.mayCome(a, p, named) && s.roots.left(a.Sighting, p) {
				left = append(left, queue.Arrival{Sighting: state.Sighting{Root: p.Root, Path: p.Path, Print: p.Print, Gone: true, At: a.At}})
			}
		}
	}
	return left, nil
}

// mayCome reports that what is at FLORA, or on its way, from a place is what the command asks for: to another workspace, or, of what belongs to no folder, to
// another folder or project, it is sent for itself.
func (s *service) mayCome(a queue.Arrival, p queue.Place, named string) bool {
	if a.Root != "" {
		return (named == "" || named == p.Item.To.Workspace) && s.roots.takes(a.Root, a.Sighting, p)
	}
	return p.Item.To.Workspace == a.To.Workspace && p.Item.To.Folder == a.To.Folder && p.Item.Project == a.Project
}

// takes reports that a file may have come from a place to a root. No scan ever looks after what was named by hand, or is of a folder that is not watched any more,
// and says that it is gone: so that is not asked for while the root has a row of its own of the file, nor when it is an earlier version that waits.
func (r *roots) takes(name string, s state.Sighting, p queue.Place) bool {
	if _, watched := r.find(p.Root); watched && p.Root != "" {
		return true
	}
	waits := p.Item.Halt == state.None && p.Item.Phase <= state.Reserved
	return !p.Known && !(waits && !p.Print.SameFile(s.Print)) && !(p.Root == "" && r.elsewhere(name, s.Path, p.Item))
}

// elsewhere reports what somebody named by hand for another workspace: it went where they said, and says nothing of where the folder's files go. So it is with
// another folder or project, until it is there.
func (r *roots) elsewhere(name string, p state.Path, it state.Item) bool {
	root, ok := r.find(name)
	if !ok {
		return true
	}
	route := root.upload.Route
	workspace, folder := route.Resolve(p)
	return it.To.Workspace != workspace || it.Phase < state.Done && (it.To.Folder != "" && it.To.Folder != folder || it.Project != "" && it.Project != route.Project)
}

// left reports that a file does not stand at a place any more, or that it stands there and another folder looks after it now. Where that cannot be told it has
// two names, and is two files.
func (r *roots) left(seen state.Sighting, p queue.Place) bool {
	to, ok := r.find(seen.Root)
	if !ok {
		return false
	}
	from, watched := r.find(p.Root)
	path := p.Path
	if !watched {
		from, _ = r.find("")
		path = state.Path(strings.TrimPrefix(filepath.Join(p.Dir, string(p.Path)), "/"))
	}
	if p.Root != seen.Root && (!watched || p.Root == "") && from.source.Abs(path) == to.source.Abs(seen.Path) {
		return true
	}
	e, err := from.source.Stat(path)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	return e.Print.Inode != p.Print.Inode || e.Print.Born != p.Print.Born
}
