package watcher

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

// same reports that the root is the folder it was when its state was last judged.
func (r *rootWatch) same() bool {
	id, err := r.src.Identity()
	return err == nil && id == r.id
}

// check judges whether the root is there. A root that is another folder than before begins anew: its watches are the old folder's. Errors are the record's.
func (r *rootWatch) check(ctx context.Context) error {
	id, err := r.src.Identity()
	if err != nil {
		r.goOffline(err)
		return nil
	}
	if id == r.id && r.facts.State != Offline {
		return nil
	}
	empty, err := r.empty()
	if err != nil {
		r.goOffline(err)
		return nil
	}
	if empty && id != r.id { // a folder that was seen with its files and is empty now was emptied
		known, err := r.knowsAny(ctx)
		if err != nil {
			return err
		}
		if known && !r.emptied(ctx, id) {
			r.goOffline(errEmpty)
			return nil
		}
	}
	r.id = id
	r.begin()
	return nil
}

// emptied reports that the empty folder is the very one that was scanned last: its files were taken away, no mount is missing.
func (r *rootWatch) emptied(ctx context.Context, id source.Identity) bool {
	last, err := r.record.Folder(ctx, r.name)
	return err == nil && last.Inode != 0 && last.Inode == id.Inode && last.Born == id.Born
}

var errEmpty = errors.New("the folder is empty, though files in it are known")

// empty reports a folder without any name: what a mount point is while nothing is mounted.
func (r *rootWatch) empty() (bool, error) {
	names, err := r.src.Names("")
	return len(names) == 0, err
}

// knowsAny reports whether the record knows a file of the root that was there when it was last looked at.
func (r *rootWatch) knowsAny(ctx context.Context) (bool, error) {
	for after := ""; ; {
		known, err := r.askNames(ctx, "", after, knownPage)
		if err != nil {
			return false, err
		}
		for _, k := range known {
			if !k.Gone {
				return true, nil
			}
		}
		if len(known) < knownPage {
			break
		}
		after = known[len(known)-1].Name
	}
	dirs, err := r.askDirs(ctx, "", 1)
	return len(dirs) > 0, err
}

// goOffline stops looking. Nothing is judged gone; what is known stays, and is looked at again when the root is back.
func (r *rootWatch) goOffline(err error) {
	reason, hint := state.RootOffline, "mount it, or bring the folder back: its files wait"
	switch {
	case errors.Is(err, fs.ErrPermission):
		reason, hint = state.RootUnreadable, "let florasync's user read and enter the folder"
	case errors.Is(err, errEmpty):
		hint = "mount it; if it is really meant to be empty, the first file in it resumes the work"
	}
	if r.announced && r.facts.State == Offline && r.facts.Reason == reason {
		r.mu.Lock()
		r.facts.Err, r.facts.Hint = err, hint
		r.mu.Unlock()
		return
	}
	r.reset()
	r.mu.Lock()
	r.batch = batch{}
	r.facts.State, r.facts.Reason, r.facts.Err, r.facts.Hint, r.facts.Since = Offline, reason, err, hint, time.Now()
	r.mu.Unlock()
	r.announced = true
	r.notice(state.Notice{Event: state.RootOfflineSeen, Reason: reason, Err: err, Hint: hint})
	r.changed()
}

// begin takes up a root that came, came back, or lost its watches: new hints, then a full scan.
func (r *rootWatch) begin() {
	r.reset()
	now := time.Now()
	network := r.src.Network()
	r.mu.Lock()
	r.settler.quiet = quietFor(r.cfg.Settle, network != "")
	r.mu.Unlock()
	was := r.facts
	n := state.Notice{Event: state.RootWatching}
	st := Polling
	switch {
	case r.newHints == nil || r.cfg.Mode == Poll:
	case network != "" && r.cfg.Mode != Notify:
		n.Hint = fmt.Sprintf("on a network file system (%s) changes are found by looking every %s", network, r.cfg.Poll)
	default:
		hints, err := r.newHints()
		if err != nil {
			n.Reason, n.Err, n.Hint = state.WatchLimited, err, hintInstances
			break
		}
		r.hints, st = hints, Live
		r.sweepAt = now.Add(r.pace.sweep)
	}
	r.mu.Lock()
	r.facts.State, r.facts.Reason, r.facts.Err, r.facts.Hint, r.facts.Since = st, n.Reason, n.Err, n.Hint, now
	r.mu.Unlock()
	if !r.announced || was.State == Offline {
		r.notice(n)
	}
	r.announced = true
	r.startScan(causeStart)
	r.changed()
}

const hintInstances = "raise the limit: sysctl fs.inotify.max_user_instances=1024; until then the folder is polled"

// reset forgets the tree and ends the watches. What is settling stays: it is looked at by path.
func (r *rootWatch) reset() {
	r.closeHints()
	r.tree, r.jobs, r.later, r.limited, r.overflowed = newTree(), nil, newAgenda(), false, false
	r.scan = nil
	r.scanAt, r.sweepAt, r.pollAt = time.Time{}, time.Time{}, time.Time{}
	r.mu.Lock()
	r.refusals = refusals{}
	r.mu.Unlock()
}

func (r *rootWatch) closeHints() {
	if r.hints != nil {
		_ = r.hints.Close()
		r.hints = nil
	}
}
