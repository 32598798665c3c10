package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// Explain says why a path or an item is as it is, and what happens next.
func (s *service) Explain(ctx context.Context, path string) (control.Explanation, error) {
	e := control.Explanation{Path: path, Tries: []control.Try{}, Versions: []control.Item{}}
	var it state.Item
	var r *root
	var p state.Path
	marked, known := false, false
	id, idErr := state.ParseID(path)
	if isURL(path) {
		e.Path = state.ShownURL(path)
		if id, idErr = s.idOfURL(ctx, path); idErr != nil {
			return e, idErr
		}
	}
	if idErr != nil {
		var err error
		if r, p, err = s.place(path); err != nil {
			return e, err
		}
		if p, err = s.spelled(ctx, r, p); err != nil {
			return e, err
		}
	}
	err := s.rec.read(ctx, func(q *queue.Queue) (err error) {
		if idErr == nil {
			if it, err = q.Get(ctx, id); errors.Is(err, queue.ErrNoRow) {
				return fmt.Errorf("%s: %w item", path, control.ErrUnknown)
			}
			known = err == nil
		} else {
			found, err := q.Find(ctx, r.Name, p)
			if err != nil {
				return err
			}
			it, marked, known = found.Item, found.Mark, found.Item.ID != 0
		}
		if known {
			if err := explainPlace(ctx, q, it, &e); err != nil {
				return err
			}
		}
		return s.versions(ctx, q, it, &e)
	})
	if err != nil && !errors.Is(err, queue.ErrMissing) {
		return e, err
	}
	if known {
		if r, _ = s.roots.find(it.Root); r != nil {
			p = it.Path
		}
	}
	if r != nil {
		e.Root = r.Name
	}
	switch {
	case known:
		s.explainRow(&e, it)
	case r == nil:
		return e, fmt.Errorf("%s: %w", path, control.ErrUnknown)
	case r.Name == "" && s.watches(path):
		e.Verdict, e.Next = "a watched folder", "name a file in it; `"+s.o.typed("status")+"` tells of the folder"
		return e, nil
	case r.Name == "":
		return e, fmt.Errorf("%s: %w: outside every watched folder, and never uploaded by hand", path, control.ErrUnknown)
	}
	if r != nil && r.Name != "" {
		s.explainFile(&e, r, p, known, marked, it)
	}
	return e, nil
}

func (s *service) idOfURL(ctx context.Context, url string) (id state.ID, err error) {
	err = s.rec.read(ctx, func(q *queue.Queue) (err error) {
		id, err = s.byURL(ctx, q, url)
		return err
	})
	if errors.Is(err, queue.ErrMissing) {
		err = fmt.Errorf("%s: %w: nothing was uploaded yet", state.ShownURL(url), control.ErrUnknown)
	}
	return id, err
}

// watches reports that a path is a watched folder itself.
func (s *service) watches(text string) (yes bool) {
	p, err := state.ParsePath(text)
	s.roots.each(func(r *root) { yes = yes || err == nil && string(p) == r.source.Path() })
	return yes
}

// versionsN bounds the earlier versions that explain shows.
const versionsN = 8

func (s *service) versions(ctx context.Context, q *queue.Queue, it state.Item, e *control.Explanation) error {
	for n, prev := 0, it.Prev; prev != 0 && n < versionsN; n++ {
		older, err := q.Get(ctx, prev)
		if errors.Is(err, queue.ErrNoRow) {
			return nil
		}
		if err != nil {
			return err
		}
		if it.AssetID != "" && older.AssetID == it.AssetID {
			return nil // not an earlier version, but the file that this one is linked to
		}
		e.Versions = append(e.Versions, control.FromState(older, false))
		prev = older.Prev
	}
	return nil
}

// explainPlace says where a waiting row stands.
func explainPlace(ctx context.Context, q *queue.Queue, it state.Item, e *control.Explanation) error {
	p, waits, err := q.Position(ctx, it.ID)
	if err != nil || !waits {
		return err
	}
	e.Lane = &control.Lane{Name: p.Lane.String(), Ahead: p.Ahead, More: p.More, Due: control.Time{Time: it.Due}}
	return nil
}

// explainRow tells a row's story.
func (s *service) explainRow(e *control.Explanation, it state.Item) {
	shown := s.show([]state.Item{it})[0]
	e.Item = &shown
	for _, t := range it.Tries {
		e.Tries = append(e.Tries, control.Try{At: control.Time{Time: t.At}, Step: t.Step, Class: control.Text(t.Class.String()), Code: control.Text(t.Code),
			Message: control.Text(t.Message), RequestID: control.Text(t.RequestID), TookMS: t.Took.Milliseconds()})
	}
	fault := ""
	if it.Fault != nil {
		fault = it.Fault.Error()
	}
	switch it.Standing() {
	case state.StandsReady:
		e.Verdict = fmt.Sprintf("ready since %s as %s", control.Time{Time: it.ReadyAt}, it.AssetID)
		switch {
		case it.Parked():
			e.Verdict += ", but: " + fault
			e.Next = "nothing by itself; `" + s.o.typed("retry "+it.ID.String()) + "` tries again"
		case it.Phase < state.Attached && shown.Project != "":
			e.Next = "it is attached to " + string(shown.Project)
		case it.Phase < state.Done:
			e.Next = "the file is moved or deleted, as the configuration says"
			if fault != "" {
				e.Verdict += ", but: " + fault
				e.Next += "; another attempt at " + control.Time{Time: it.Due}.String()
			}
		case it.Away == state.AwayMoved:
			e.Verdict += ", and the file was moved to " + state.Path(it.MovedTo).Shown()
		case it.Away == state.AwayDeleted:
			e.Verdict += ", and the file was deleted"
		}
	case state.StandsFailed:
		e.Verdict = "failed: " + fault
		e.Next = "nothing by itself; `" + s.o.typed("retry "+it.ID.String()) + "` tries again"
	case state.StandsSkipped:
		e.Verdict = fmt.Sprintf("skipped (%s): %s", it.Reason, fault)
		e.Next = "nothing, until the file changes"
	default:
		s.explainWaiting(e, it, fault)
	}
}

func (s *service) explainWaiting(e *control.Explanation, it state.Item, fault string) {
	words := map[state.Phase]string{state.Queued: "waiting for its turn", state.Reserved: "reserved at FLORA, its bytes are still to be sent",
		state.Uploaded: "its bytes are at FLORA, still to be completed", state.Completed: "FLORA is processing it"}
	e.Verdict = words[it.Phase]
	if fault != "" {
		e.Verdict += fmt.Sprintf("; the last attempt: %s", fault)
	}
	switch {
	case s.live == nil:
		e.Next = "nothing until florasync runs"
	case it.Due.After(time.Now()):
		e.Next = "another attempt at " + control.Time{Time: it.Due}.String()
	default:
		e.Next = "it is uploaded as soon as a place is free"
	}
	if s.live == nil {
		return
	}
	u := s.live.uploadStatus()
	for _, d := range u.Active {
		if d.ID == it.ID {
			e.Doing = control.Text(d.Step)
			if d.Step == "send" {
				e.Doing = control.Text(fmt.Sprintf("send, %d of %d bytes", d.Sent, d.Size))
			}
			e.Next = "this attempt ends"
		}
	}
	for _, b := range s.live.uploader.Blocking(it) {
		e.Next = fmt.Sprintf("nothing while blocked (%s): %s", b.Reason, b.Message)
	}
	pauses := s.live.queue.Pauses()
	for _, name := range []string{"", it.Root} {
		if until, paused := pauses[name]; paused && (until.IsZero() || until.After(time.Now())) && e.Doing == "" {
			e.Next = "nothing while paused: `" + s.o.typed(resumeOf(name)) + "` goes on"
		}
	}
}
