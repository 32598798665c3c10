package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"time"

	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

// Upload enqueues what was named by hand. What is ready already is returned as it is; what failed is tried again.
func (s *service) Upload(ctx context.Context, u control.Upload) ([]control.Item, error) {
	arrivals := make([]queue.Arrival, len(u.Inputs))
	for i, input := range u.Inputs {
		var err error
		if arrivals[i], err = s.arrival(input, u); err != nil {
			return nil, err
		}
	}
	var items []state.Item
	err := s.rec.change(ctx, func(q *queue.Queue) error {
		for _, a := range arrivals {
			if err := s.notElsewhere(ctx, q, a, u); err != nil {
				return err
			}
		}
		left, err := s.leftBehind(ctx, q, arrivals, u.Workspace)
		if err != nil {
			return err
		}
		ids, err := q.Sight(ctx, append(left, arrivals...))
		if err != nil {
			return err
		}
		for i, id := range ids[len(left):] {
			if id == 0 {
				return fmt.Errorf("%w: %s cannot be kept in the record", control.ErrInput, u.Inputs[i])
			}
			it, err := standing(ctx, q, id, arrivals[i])
			if err != nil {
				return err
			}
			if it.Halt == state.Failed || it.Parked() {
				if it, err = q.Apply(ctx, state.Change{ID: it.ID, Rev: it.Rev, At: time.Now(), Outcome: state.Reopen()}); err != nil {
					return err
				}
			}
			items = append(items, it)
		}
		return nil
	})
	if s.live != nil { // a root that was opened for this may have rows that wait already: then the record had nothing to tell
		s.live.uploader.Wake()
	}
	return s.show(items), err
}

// standing is the row that an arrival stands at: a digest may have found out meanwhile that it is an earlier one.
func standing(ctx context.Context, q *queue.Queue, id state.ID, a queue.Arrival) (state.Item, error) {
	it, err := q.Get(ctx, id)
	if !errors.Is(err, queue.ErrNoRow) || a.URL != "" {
		return it, err
	}
	found, findErr := q.Find(ctx, a.Root, a.Path)
	if findErr != nil || found.Item.ID == 0 {
		return it, errors.Join(err, findErr)
	}
	return found.Item, nil
}

// arrival is one input: a file of a watched root, a file elsewhere, or a URL.
func (s *service) arrival(input string, u control.Upload) (queue.Arrival, error) {
	a := queue.Arrival{Named: true, Project: u.Project}
	a.At = time.Now()
	if strings.HasPrefix(input, "http://") {
		return a, fmt.Errorf("%w: %s: FLORA fetches https URLs only", control.ErrInput, state.ShownURL(input))
	}
	if strings.HasPrefix(input, "https://") {
		if u, err := url.Parse(input); err != nil || u.Hostname() == "" {
			return a, fmt.Errorf("%w: %s: not a URL with a host", control.ErrInput, state.ShownURL(input))
		}
		a.URL = input
		return a, s.direct(&a, u, input)
	}
	r, p, err := s.place(input)
	if err != nil {
		return a, err
	}
	if r.Name != "" && (u.Workspace != "" && u.Workspace != r.Workspace || u.Project != "" && u.Project != r.Project || u.Folder != "") {
		r, p = s.byHand(r, p) // asked to go elsewhere than its folder goes
	}
	entry, err := r.source.Stat(p)
	switch {
	case err != nil:
		if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
			err = pathErr.Err
		}
		return a, fmt.Errorf("%w: %s: %w", control.ErrInput, input, err)
	case entry.Kind != source.Regular:
		return a, fmt.Errorf("%w: %s is not a regular file", control.ErrInput, input)
	}
	a.Root, a.Path, a.Print = r.Name, p, entry.Print
	if r.Name == "" {
		return a, s.direct(&a, u, input)
	}
	s.roots.open(r.Name)
	a.Project = ""
	a.To.Workspace, a.To.Folder = r.upload.Route.Resolve(p)
	return a, nil
}

// direct says where an input outside the watched folders goes: what the command says, or the only workspace the configuration names.
func (s *service) direct(a *queue.Arrival, u control.Upload, input string) error {
	a.To.Workspace, a.To.Folder = u.Workspace, u.Folder
	if a.To.Workspace == "" {
		only := map[string]bool{}
		s.roots.each(func(r *root) { only[r.Workspace] = true })
		if len(only) != 1 {
			return fmt.Errorf("%w: which workspace does %s go to? add --workspace ws_…", control.ErrInput, state.ShownURL(input))
		}
		for a.To.Workspace = range only {
		}
	}
	if err := flora.CheckID(flora.WorkspacePrefix, a.To.Workspace); err != nil {
		return fmt.Errorf("%w: --workspace: %w", control.ErrInput, err)
	}
	if u.Project != "" {
		if err := flora.CheckID(flora.ProjectPrefix, u.Project); err != nil {
			return fmt.Errorf("%w: --project: %w", control.ErrInput, err)
		}
	}
	if err := state.CheckFolder(u.Folder); err != nil {
		return fmt.Errorf("%w: --folder: %w", control.ErrInput, err)
	}
	_, a.To.Folder = state.Route{Folder: strings.ReplaceAll(u.Folder, "{dir}", "")}.Resolve(a.Path)
	return nil
}
