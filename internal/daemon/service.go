package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/watcher"
)

// service answers what commands ask: with a live daemon from its memories too, without one from the record alone.
type service struct {
	o     Options
	roots *roots
	rec   records
	live  *Daemon // nil without a running daemon
}

var _ control.Service = (*service)(nil)

// Offline answers on the record of a configuration while no daemon runs.
func Offline(c *config.Config, version string, observer state.Observer) (control.Service, error) {
	o := Options{Config: c, Version: version, Observer: observer}
	r, err := wire(o)
	if err != nil {
		return nil, err
	}
	s := &service{o: o, roots: r, rec: visited{path: RecordPath(c.StateDir), observer: observer}}
	return s, s.remember()
}

// remember adds the roots that only the record knows: those of a `run --watch`, or that the configuration no longer names. What is wrong with the record
// is told by whoever asks it something.
func (s *service) remember() error {
	var known []queue.Root
	_ = s.rec.read(context.Background(), func(q *queue.Queue) error {
		known = q.Roots()
		return nil
	})
	for _, k := range known {
		if _, configured := s.roots.byName[k.Name]; configured || k.Path == "" {
			continue
		}
		w := config.DefaultWatch()
		w.Name, w.Path = k.Name, k.Path
		src, err := source.New(k.Name, k.Path)
		if err != nil {
			return err
		}
		rules, err := watcher.NewRules(true, nil, nil)
		if err != nil {
			return err
		}
		s.roots.byName[k.Name] = &root{Watch: w, source: src, rules: rules}
		s.roots.order = append(s.roots.order, k.Name)
	}
	return nil
}

// active reports the rows with an attempt under way.
func (s *service) active() map[state.ID]bool {
	ids := make(map[state.ID]bool)
	if s.live != nil {
		for _, d := range s.live.uploader.Status().Active {
			ids[d.ID] = true
		}
	}
	return ids
}

// show turns rows into JSON items, with the project their root is attached to when nothing says otherwise yet.
func (s *service) show(items []state.Item) []control.Item {
	active := s.active()
	shown := make([]control.Item, len(items))
	for i, it := range items {
		shown[i] = control.FromState(it, active[it.ID])
		if r, ok := s.roots.find(it.Root); ok && it.Project == "" && it.Phase < state.Attached {
			shown[i].Project = control.Text(r.Project)
		}
	}
	return shown
}

// List returns a page of items.
func (s *service) List(ctx context.Context, f control.Filter, after string, n int) (control.Page, error) {
	const most = 1000
	if n <= 0 || n > most {
		n = most
	}
	var page control.Page
	err := s.rec.read(ctx, func(q *queue.Queue) error {
		query, err := s.query(ctx, q, f)
		if err != nil {
			return err
		}
		if f.Finished {
			page, err = s.finished(ctx, q, query, after, n)
			return err
		}
		items, next, err := q.List(ctx, query, after, n)
		if err != nil {
			return err
		}
		page = control.Page{Items: s.show(s.filter(items, f)), Next: next}
		return nil
	})
	switch {
	case errors.Is(err, queue.ErrMissing):
		return control.Page{Items: []control.Item{}}, nil
	case errors.Is(err, queue.ErrCursor):
		return page, fmt.Errorf("%w: %w", control.ErrInput, err)
	}
	return page, err
}

// finished reads what has settled one by one, since a reader may stop behind any item and needs the cursor there.
func (s *service) finished(ctx context.Context, q *queue.Queue, query queue.Query, after string, n int) (control.Page, error) {
	var items []state.Item
	page := control.Page{Next: after}
	for len(items) < n {
		one, next, err := q.List(ctx, query, page.Next, 1)
		if err != nil {
			return page, err
		}
		page.Next = next
		if len(one) == 0 {
			break
		}
		items, page.Cursors = append(items, one...), append(page.Cursors, next)
	}
	page.Items = s.show(items)
	return page, nil
}

// filter applies what the record's own query cannot: rows that a script should look at.
func (s *service) filter(items []state.Item, f control.Filter) []state.Item {
	if !f.Failed {
		return items
	}
	kept := items[:0]
	for _, it := range items {
		if it.Standing() == state.StandsFailed || it.Parked() {
			kept = append(kept, it)
		}
	}
	return kept
}

// query turns a command's filter into the record's.
func (s *service) query(ctx context.Context, q *queue.Queue, f control.Filter) (queue.Query, error) {
	query := queue.Query{Since: f.Since, All: f.All, Finished: f.Finished}
	if f.Root != nil {
		if !s.knows(q, *f.Root) {
			return query, fmt.Errorf("root %q: %w", *f.Root, control.ErrUnknown)
		}
		query.Roots = []string{*f.Root}
	}
	for _, word := range f.States {
		standing, ok := state.ParseStanding(word)
		if !ok {
			return query, fmt.Errorf("%w: state %q is not waiting, active, ready, failed or skipped", control.ErrInput, word)
		}
		query.Standings = append(query.Standings, standing)
	}
	if f.Failed {
		query.Standings = []state.Standing{state.StandsFailed, state.StandsReady}
	}
	if f.Under != "" {
		under, root, err := s.under(f.Under)
		if err != nil {
			return query, err
		}
		query.Under = under
		if root != nil {
			query.Roots = []string{root.Name}
		}
	}
	if f.Names != nil {
		query.IDs = []state.ID{}
	}
	for _, name := range f.Names {
		id, err := s.named(ctx, q, name)
		if err != nil {
			return query, err
		}
		query.IDs = append(query.IDs, id)
	}
	return query, nil
}

// knows reports a root that is configured, or was.
func (s *service) knows(q *queue.Queue, name string) bool {
	if _, ok := s.roots.find(name); ok {
		return true
	}
	return slices.ContainsFunc(q.Roots(), func(r queue.Root) bool { return r.Name == name })
}

// under reads a directory: absolute, then it also says which root, or below every root.
func (s *service) under(text string) (dir string, root *root, err error) {
	if !strings.HasPrefix(text, "/") {
		p, err := state.ParsePath(strings.Trim(text, "/"))
		return string(p), nil, err
	}
	text = strings.TrimRight(text, "/")
	r, p, err := s.place(text + "/x")
	return p.Dir(), r, err
}

// named finds the row of a path or an id.
func (s *service) named(ctx context.Context, q *queue.Queue, name string) (state.ID, error) {
	if id, err := state.ParseID(name); err == nil {
		if _, err := q.Get(ctx, id); err != nil {
			return 0, fmt.Errorf("%s: %w item", name, control.ErrUnknown)
		}
		return id, nil
	}
	r, p, err := s.place(name)
	if err != nil {
		return 0, err
	}
	found, err := q.Find(ctx, r.Name, p)
	switch {
	case err != nil:
		return 0, err
	case found.Item.ID == 0:
		return 0, fmt.Errorf("%s: %w: no such file was ever uploaded or is waiting", name, control.ErrUnknown)
	}
	return found.Item.ID, nil
}

// Retry opens the items again that wait or have an error.
func (s *service) Retry(ctx context.Context, f control.Filter) (int, error) {
	retried := 0
	err := s.changeNamed(ctx, f, func(q *queue.Queue) error {
		return s.each(ctx, q, f, func(it state.Item) error {
			if it.Phase == state.Done || it.Halt == state.Skipped || q.Claimed(it.ID) || (it.Standing() == state.StandsReady && it.Fault == nil) {
				return nil
			}
			_, err := q.Apply(ctx, state.Change{ID: it.ID, Rev: it.Rev, At: time.Now(), Outcome: state.Reopen()})
			if errors.Is(err, state.ErrStale) || errors.Is(err, state.ErrNoTransition) {
				return nil // it moves
			}
			if err == nil {
				retried++
			}
			return err
		})
	})
	return retried, err
}

// changeNamed changes what a filter selects. Without a record nothing has a name yet.
func (s *service) changeNamed(ctx context.Context, f control.Filter, fn func(*queue.Queue) error) error {
	err := s.rec.change(ctx, fn)
	if !errors.Is(err, queue.ErrMissing) {
		return err
	}
	if len(f.Names) > 0 {
		return fmt.Errorf("%s: %w: nothing was uploaded yet", f.Names[0], control.ErrUnknown)
	}
	return nil
}

// each walks what a filter selects, page by page.
func (s *service) each(ctx context.Context, q *queue.Queue, f control.Filter, fn func(state.Item) error) error {
	query, err := s.query(ctx, q, f)
	if err != nil {
		return err
	}
	for after := ""; ; {
		items, next, err := q.List(ctx, query, after, 500)
		if err != nil {
			return err
		}
		for _, it := range s.filter(items, f) {
			if err := fn(it); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		after = next
	}
}

// Forget takes items out of the record.
func (s *service) Forget(ctx context.Context, f control.Filter, again bool) (int, error) {
	forgotten := 0
	err := s.changeNamed(ctx, f, func(q *queue.Queue) error {
		return s.each(ctx, q, f, func(it state.Item) error {
			if s.present(it) && !again {
				return fmt.Errorf("%s: %w: add --upload-again to have it uploaded again", it.Path.Text(), control.ErrPresent)
			}
			if err := s.forget(ctx, q, it.ID, !again); err != nil {
				return err
			}
			forgotten++
			return nil
		})
	})
	if err == nil && again && s.live != nil && forgotten > 0 {
		s.live.watcher.Rescan("")
	}
	return forgotten, err
}

// forget cancels an attempt under way and waits for its end.
func (s *service) forget(ctx context.Context, q *queue.Queue, id state.ID, tombstone bool) error {
	for {
		err := q.Forget(ctx, id, tombstone)
		if !errors.Is(err, queue.ErrClaimed) || s.live == nil {
			return err
		}
		s.live.uploader.Cancel(id)
		timer := time.NewTimer(20 * time.Millisecond)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

func (s *service) present(it state.Item) bool {
	r, ok := s.roots.find(it.Root)
	if !ok || it.Path == "" {
		return false
	}
	_, err := r.source.Stat(it.Path)
	return err == nil
}

// Pause stops new work of a root, or of all.
func (s *service) Pause(ctx context.Context, root string, until time.Time) error {
	return s.changeRoot(ctx, root, func(q *queue.Queue) error { return q.Pause(ctx, root, until) })
}

// Resume ends a pause.
func (s *service) Resume(ctx context.Context, root string) error {
	return s.changeRoot(ctx, root, func(q *queue.Queue) error { return q.Resume(ctx, root) })
}

func (s *service) changeRoot(ctx context.Context, name string, fn func(*queue.Queue) error) error {
	if _, ok := s.roots.find(name); !ok {
		return fmt.Errorf("root %q: %w", name, control.ErrUnknown)
	}
	err := s.rec.change(ctx, fn)
	if errors.Is(err, queue.ErrMissing) {
		return fmt.Errorf("%w: it is made when florasync runs for the first time", err)
	}
	return err
}
