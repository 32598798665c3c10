package daemon

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader"
	"github.com/florasync/florasync/watcher"
)

// Status joins what the watcher remembers, the record holds and the uploader is doing.
func (s *service) Status(ctx context.Context) (control.Status, error) {
	v := control.Status{Version: s.o.Version, Reasons: []control.Reason{}, Roots: []control.Root{}}
	v.Uploader.State = "stopped"
	var counts map[string]queue.Counts
	pauses := map[string]time.Time{}
	err := s.rec.read(ctx, func(q *queue.Queue) (err error) {
		counts, err = q.Counts(ctx)
		v.Record = control.Record{Bytes: q.Size(), Schema: q.Schema()}
		pauses = q.Pauses()
		return err
	})
	if err != nil && !errors.Is(err, queue.ErrMissing) && !errors.Is(err, queue.ErrUnwritable) {
		return v, err
	}
	active := map[string]int64{}
	watched := map[string]watcher.Status{}
	if s.live != nil {
		v.StartedAt = control.Time{Time: s.live.started}
		s.uploading(&v, active)
		if r, bad := s.live.trouble(); bad {
			v.Reasons = append(v.Reasons, r)
		}
		if r, apart := s.roots.skew.reason(); apart {
			v.Reasons = append(v.Reasons, r)
		}
		v.Reasons = append(v.Reasons, s.live.denials.reasons()...)
		for _, w := range s.live.watcher.Status() {
			watched[w.Name] = w
		}
	}
	s.paused(&v, pauses)
	s.roots.each(func(r *root) {
		v.Roots = append(v.Roots, s.rootStatus(r, counts[r.Name], active[r.Name], watched, pauses, &v))
		delete(counts, r.Name)
	})
	for _, name := range sortedKeys(counts) { // what was named by hand, and roots that are not configured any more
		if c := counts[name]; c.Seen > 0 {
			root := control.Root{Name: name, State: "offline", NotTakenByExt: map[string]int64{}, Totals: totals(c, active[name])}
			if name == "" {
				root.State = "live"
			}
			root.LastSeenAt, root.LastReadyAt = control.Time{Time: c.LastSeenAt}, control.Time{Time: c.LastReadyAt}
			root.OldestWaitingAt = control.Time{Time: c.OldestWaitingAt}
			v.Roots = append(v.Roots, root)
		}
	}
	for _, r := range v.Roots {
		v.Totals.Add(r.Totals)
	}
	v.Healthy = len(v.Reasons) == 0
	return v, nil
}

func (s *service) rootStatus(r *root, c queue.Counts, active int64, watched map[string]watcher.Status, pauses map[string]time.Time, v *control.Status) control.Root {
	root := control.Root{Name: r.Name, Path: state.Path(r.source.Path()).Text(), State: "offline", Totals: totals(c, active), NotTakenByExt: map[string]int64{},
		LastSeenAt: control.Time{Time: c.LastSeenAt}, LastReadyAt: control.Time{Time: c.LastReadyAt}, OldestWaitingAt: control.Time{Time: c.OldestWaitingAt}}
	if w, ok := watched[r.Name]; ok {
		root.State = string(w.State)
		root.Settling, root.Growing, root.Blocked, root.NotTaken = int64(w.Settling), int64(w.Growing), int64(w.Blocked), w.NotTaken
		if w.NotTakenByExt != nil {
			root.NotTakenByExt = w.NotTakenByExt
		}
		root.MissedByEvents, root.Overflows, root.LastScanAt = w.MissedByEvents, w.Overflows, control.Time{Time: w.LastScanAt}
		if w.Reason != "" {
			message := r.Name
			if w.Err != nil {
				message += ": " + w.Err.Error()
			}
			v.Reasons = append(v.Reasons, control.Reason{Code: string(w.Reason), Message: message, Hint: w.Hint, Since: control.Time{Time: w.Since}})
		}
	} else if r.source.Check() == nil {
		root.State = "live"
	}
	switch until, paused := pausedUntil(pauses, r.Name); {
	case paused:
		root.State = "paused"
		v.Reasons = append(v.Reasons, control.Reason{Code: string(state.Paused), Message: pauseText(r.Name, until), Hint: s.o.typed(resumeOf(r.Name))})
	default:
		if _, all := pausedUntil(pauses, ""); all {
			root.State = "paused"
		}
	}
	return root
}

// pausedUntil looks up a pause of a root ("" for that of everything); the zero time is one without an end.
func pausedUntil(pauses map[string]time.Time, name string) (until time.Time, paused bool) {
	until, paused = pauses[name]
	return until, paused && (until.IsZero() || until.After(time.Now()))
}

func pauseText(what string, until time.Time) string {
	if until.IsZero() {
		return what + " is paused"
	}
	return what + " is paused until " + control.Time{Time: until}.String()
}

// resumeOf is the command that ends a pause.
func resumeOf(root string) string {
	if root == "" {
		return "resume"
	}
	return "resume --root " + config.ShellWord(root)
}

// paused adds the pause of everything.
func (s *service) paused(v *control.Status, pauses map[string]time.Time) {
	until, paused := pausedUntil(pauses, "")
	if !paused {
		return
	}
	v.Reasons = append(v.Reasons, control.Reason{Code: string(state.Paused), Message: pauseText("everything", until), Hint: s.o.typed(resumeOf(""))})
	if v.Uploader.State == "running" {
		v.Uploader.State, v.Uploader.Until = "paused", control.Time{Time: until}
	}
}

// totals counts an attempt under way as active instead of waiting, so that each version stands in one state.
func totals(c queue.Counts, active int64) control.Totals {
	active = min(active, c.Waiting)
	return control.Totals{Seen: c.Seen, Waiting: c.Waiting - active, Active: active, Ready: c.Ready, Failed: c.Failed, Skipped: c.Skipped}
}

// uploading adds what the uploader's memory knows. Rows under way that are ready already do not count as active.
func (s *service) uploading(v *control.Status, active map[string]int64) {
	d := s.live
	u := d.uploadStatus()
	for _, doing := range u.Active {
		if doing.Phase < state.Ready {
			active[doing.Root]++
		}
	}
	v.Uploader = control.Uploader{State: "running", Requests: u.Requests, BytesPerSecond: d.rate.bytesPerSecond()}
	words := map[state.Reason]string{state.IsThrottled: "throttled", state.KeyRefused: "suspended", state.KeyMissing: "suspended",
		state.PaymentRequired: "suspended", state.Forbidden: "suspended", state.APIDown: "down", state.StorageIsDown: "down"}
	for _, b := range u.Blocked {
		v.Reasons = append(v.Reasons, control.Reason{Code: string(b.Reason), Message: b.Message, Hint: b.Hint, Since: control.Time{Time: b.Since}})
		v.Uploader.State, v.Uploader.Until = words[b.Reason], control.Time{Time: b.Until}
	}
	if d.draining.Load() {
		v.Uploader.State = "draining"
	}
}

func (d *Daemon) uploadStatus() uploader.Status {
	var accounts []*uploader.Account
	for _, a := range d.roots.inUse() {
		accounts = append(accounts, a.Account)
	}
	return d.uploader.Status(accounts...)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
