package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/watcher"
)

// Explain says why a path or an item is as it is, and what happens next.
func (s *service) Explain(ctx context.Context, path string) (control.Explanation, error) {
	e := control.Explanation{Path: path, Tries: []control.Try{}, Versions: []control.Item{}}
	var it state.Item
	var r *root
	var p state.Path
	marked, known := false, false
	id, idErr := state.ParseID(path)
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
		e.Verdict, e.Next = "a watched folder", "name a file in it; `florasync status` tells of the folder"
		return e, nil
	case r.Name == "":
		return e, fmt.Errorf("%s: %w: outside every watched folder, and never uploaded by hand", path, control.ErrUnknown)
	}
	if r != nil && r.Name != "" {
		s.explainFile(&e, r, p, known, marked, it)
	}
	return e, nil
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
			e.Next = "nothing by itself; `florasync retry` tries again"
		case it.Phase < state.Attached && shown.Project != "":
			e.Next = "it is attached to " + string(shown.Project)
		case it.Phase < state.Done:
			e.Next = "the file is moved or deleted, as the configuration says"
		case it.Away == state.AwayMoved:
			e.Verdict += ", and the file was moved to " + state.Path(it.MovedTo).Shown()
		case it.Away == state.AwayDeleted:
			e.Verdict += ", and the file was deleted"
		}
	case state.StandsFailed:
		e.Verdict = "failed: " + fault
		e.Next = "nothing by itself; `florasync retry` tries again"
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
	for _, b := range u.Blocked {
		e.Next = fmt.Sprintf("nothing while blocked (%s): %s", b.Reason, b.Message)
	}
	pauses := s.live.queue.Pauses()
	for _, name := range []string{"", it.Root} {
		if until, paused := pauses[name]; paused && (until.IsZero() || until.After(time.Now())) && e.Doing == "" {
			e.Next = "nothing while paused: `florasync resume` goes on"
		}
	}
}

// explainFile tells what the watcher and its rules say of the file that stands there now.
func (s *service) explainFile(e *control.Explanation, r *root, p state.Path, known, marked bool, it state.Item) {
	d := watcher.Wants(r.rules, p)
	e.Rule = control.Text(ruleText(d))
	entry, err := r.source.Stat(p)
	absent := errors.Is(err, fs.ErrNotExist)
	if s.live != nil {
		why := s.live.watcher.Explain(r.Name, p)
		if why.Waiting != "" {
			waits := string(why.Waiting)
			if why.By != "" {
				waits += " by " + why.By
			}
			e.Settling = control.Text(fmt.Sprintf("%s, since %s", waits, control.Time{Time: why.Since}))
		}
		if why.Blocked != "" {
			e.Settling = control.Text("cannot be read: " + why.Blocked)
		}
	}
	if known {
		if !absent && err == nil && entry.Kind == source.Regular && entry.Print != it.Print && it.Away != state.AwayMoved && it.Away != state.AwayDeleted {
			e.Verdict += "; the file has changed since"
		}
		if absent && it.Away != state.AwayMoved && it.Away != state.AwayDeleted && it.Reason != state.Gone {
			e.Verdict += "; no file stands there now"
		}
		return
	}
	switch isDir := err == nil && entry.Kind == source.Dir; {
	case isDir && r.rules.Enters(p):
		e.Verdict, e.Next, e.Rule = "a folder", "name a file in it", ""
	case isDir:
		if e.Verdict = "a folder that is not entered"; d.Rule == watcher.RuleInclude {
			e.Rule = control.Text(string(watcher.RuleRecursive) + ": false")
		}
	case !d.Taken && d.Rule != "":
		e.Verdict = "not taken: " + ruleText(d)
	case errors.Is(err, source.ErrOffline):
		e.Verdict = "unknown: the folder is not there"
	case absent:
		e.Verdict = "no such file, and none was ever seen here"
	case err != nil:
		e.Verdict = "cannot be looked at: " + err.Error()
	case entry.Kind != source.Regular:
		e.Verdict = "not taken: not a regular file (links, pipes and devices never are)"
	case marked:
		e.Verdict = "not taken: it was there at the first start (existing: ignore), or was forgotten"
		e.Next = "nothing; `florasync upload` takes it all the same"
	case e.Settling != "":
		e.Verdict = "not settled yet: " + string(e.Settling)
		e.Next, e.Coming = "it is enqueued when it has settled", true
	case unreadable(r, p) != nil:
		e.Verdict, e.Next, e.Coming = "cannot be read: "+unreadable(r, p).Error(), "it is taken when it can be read", s.live != nil
	case s.live == nil:
		e.Verdict, e.Next = "not seen yet", "florasync takes it when it runs"
	default:
		e.Verdict, e.Next, e.Coming = "not seen yet", "the next look at its folder finds it", true
	}
}

// unreadable says why a file cannot be opened; nil when it can.
func unreadable(r *root, p state.Path) error {
	f, err := r.source.Open(p)
	if err != nil {
		return err
	}
	return f.Close()
}

func ruleText(d watcher.Decision) string {
	if d.By == "" {
		if d.Taken {
			return string(d.Rule)
		}
		return string(d.Rule) + ": no pattern matches"
	}
	return fmt.Sprintf("%s %q", d.Rule, d.By)
}
