package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

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
		if it.Standing() == state.StandsFailed || it.Phase >= state.Ready && it.Phase < state.Done && it.Fault != nil {
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
		if root != nil && f.Root != nil && root.Name != *f.Root {
			return query, fmt.Errorf("%w: %s is not in the root %q", control.ErrInput, f.Under, *f.Root)
		}
		if root != nil {
			query.Roots = []string{root.Name}
		}
	}
	if f.Names != nil {
		query.IDs = []state.ID{}
	}
	for _, name := range f.Names {
		id, err := s.named(ctx, q, name, f.Root)
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

// named finds the row of a path or an id. root, when it is not nil, says whether a path below a watched folder is the folder's, or was named by hand ("").
func (s *service) named(ctx context.Context, q *queue.Queue, name string, root *string) (state.ID, error) {
	if id, err := state.ParseID(name); err == nil {
		if _, err := q.Get(ctx, id); err != nil {
			return 0, fmt.Errorf("%s: %w item", name, control.ErrUnknown)
		}
		return id, nil
	}
	if isURL(name) {
		return s.byURL(ctx, q, name)
	}
	r, p, err := s.place(name)
	if err != nil {
		return 0, err
	}
	if root != nil && *root == "" && r.Name != "" {
		r, p = s.byHand(r, p)
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

func isURL(name string) bool {
	return strings.HasPrefix(name, "https://") || strings.HasPrefix(name, "http://")
}

// byURL finds the newest row of a URL; of a record that was restored, where user part and query are missing, the newest that could be it. It walks what was
// named by hand.
func (s *service) byURL(ctx context.Context, q *queue.Queue, url string) (id state.ID, err error) {
	var like state.ID
	for after := ""; ; {
		items, next, err := q.List(ctx, queue.Query{Roots: []string{""}}, after, 500)
		if err != nil {
			return 0, err
		}
		for _, it := range items {
			switch {
			case it.URL == url:
				id = max(id, it.ID)
			case it.URL != "" && it.URL == state.ShownURL(url):
				like = max(like, it.ID)
			}
		}
		if next == "" {
			break
		}
		after = next
	}
	if id == 0 {
		id = like
	}
	if id == 0 {
		return 0, fmt.Errorf("%s: %w: never uploaded from there", state.ShownURL(url), control.ErrUnknown)
	}
	return id, nil
}
