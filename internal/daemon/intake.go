package daemon

import (
	"context"
	"errors"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/watcher"
)

// intake stands between watcher and queue: it resolves routes, and the rules that need the record.
type intake struct {
	queue *queue.Queue
	roots *roots
}

var _ watcher.Record = (*intake)(nil)

// Known returns a page of a directory's names.
func (i *intake) Known(ctx context.Context, root, dir, after string, n int) ([]watcher.Known, error) {
	page, err := i.queue.Known(ctx, root, dir, after, n)
	known := make([]watcher.Known, len(page))
	for j, k := range page {
		known[j] = watcher.Known{Name: k.Name, Sum: k.Sum, Gone: k.Gone}
	}
	return known, err
}

// Dirs returns a page of the directories with known files.
func (i *intake) Dirs(ctx context.Context, root, after string, n int) ([]string, error) {
	return i.queue.Dirs(ctx, root, after, n)
}

// Elsewhere returns where else the record believes the files to stand, but for what the root is not to take over.
func (i *intake) Elsewhere(ctx context.Context, root string, sightings []state.Sighting) ([]watcher.Place, error) {
	standing, err := i.queue.Standing(ctx, root, sightings)
	places := make([]watcher.Place, 0, len(standing))
	for _, p := range standing {
		if i.roots.takes(root, sightings[p.Of], p) {
			places = append(places, watcher.Place{Root: p.Root, Dir: p.Dir, Path: p.Path, Print: p.Print, Of: p.Of})
		}
	}
	return places, err
}

// Count returns how many files of the root the record believes to stand.
func (i *intake) Count(ctx context.Context, root string) (int64, error) {
	return i.queue.CountStanding(ctx, root)
}

// Revision moves with every commit.
func (i *intake) Revision() int64 { return i.queue.Commits() }

// Sight records a batch.
func (i *intake) Sight(ctx context.Context, batch []state.Sighting) error {
	arrivals := make([]queue.Arrival, 0, len(batch))
	for _, s := range batch {
		root, ok := i.roots.find(s.Root)
		if !ok && !s.Gone { // what a root that is not watched any more lost, another may have taken over
			continue
		}
		arrivals = append(arrivals, i.arrival(root, s))
	}
	_, err := i.queue.Sight(ctx, arrivals)
	return err
}

func (i *intake) arrival(root *root, s state.Sighting) queue.Arrival {
	a := queue.Arrival{Sighting: s}
	if s.Gone {
		return a
	}
	a.To.Workspace, a.To.Folder = root.upload.Route.Resolve(s.Path)
	a.IgnoreChange = root.OnChange == "ignore"
	a.Mark = root.Existing == "ignore" && !scanned(i.queue, root.Name)
	return a
}

// scanned reports that a first full scan of the root has ended: what appears from then on was not there at the first start.
func scanned(q *queue.Queue, name string) bool {
	for _, r := range q.Roots() {
		if r.Name == name {
			return r.Scanned
		}
	}
	return false
}

// ScanDone passes on that a full scan has ended, and returns how many rows still wait for a file that vanished.
func (i *intake) ScanDone(ctx context.Context, root string, s watcher.Scan) (unsure int, err error) {
	if _, err := i.queue.ScanDone(ctx, root, s.Began, s.Settling...); err != nil {
		return 0, err
	}
	if err := i.queue.SetFolder(ctx, root, s.Folder.Inode, s.Folder.Born); err != nil {
		return 0, err
	}
	return i.queue.Lost(ctx, root)
}

// Folder returns the folder of the last full scan.
func (i *intake) Folder(_ context.Context, root string) (source.Identity, error) {
	inode, born := i.queue.Folder(root)
	return source.Identity{Inode: inode, Born: born}, nil
}

// record is the queue as the uploader sees it.
type record struct{ *queue.Queue }

// Get reads a row; false when there is none.
func (r record) Get(ctx context.Context, id state.ID) (state.Item, bool, error) {
	it, err := r.Queue.Get(ctx, id)
	if errors.Is(err, queue.ErrNoRow) {
		return it, false, nil
	}
	return it, err == nil, err
}
