package daemon

import (
	"context"

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

// Offline answers on the record of a configuration while no daemon runs. Of the options Config, Version, Observer and Typed count.
func Offline(o Options) (control.Service, error) {
	o.recordOnly = true
	r, err := wire(o)
	if err != nil {
		return nil, err
	}
	s := &service{o: o, roots: r, rec: visited{path: RecordPath(o.Config.StateDir), observer: o.Observer}}
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
