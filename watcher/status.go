package watcher

import (
	"maps"
	"slices"
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

// State is what a root is.
type State string

// The states.
const (
	Live     State = "live"     // events tell of changes
	Polling  State = "polling"  // looked at again and again
	Degraded State = "degraded" // some directories are beyond the limit of watches, and polled
	Offline  State = "offline"  // not there; rows wait
)

// Blocked is a path that cannot be looked at.
type Blocked struct {
	Path  state.Path
	Why   string // the errno in words
	Since time.Time
}

// Status is what the watcher knows of a root.
type Status struct {
	Name           string
	State          State
	Reason         state.Reason // RootOffline, RootUnreadable, WatchLimited, or ""
	Err            error        // with Reason
	Hint           string       // with Reason
	Since          time.Time    // with Reason
	Settling       int          // files that have not settled, or not reached the record, yet
	Growing        int          // files that have not settled for so long that nobody waits for them
	Blocked        int
	BlockedPaths   []Blocked // the first few, in order
	NotTaken       int64
	NotTakenByExt  map[string]int64
	MissedByEvents int64 // files that only a sweep or a rescan found
	Overflows      int64
	LastScanAt     time.Time // when the last full scan ended
	Scanned        bool      // the first full scan has ended
}

// blockedShown bounds Status.BlockedPaths.
const blockedShown = 20

// Status returns what is known of each root, in the order of the options.
func (w *Watcher) Status() []Status {
	roots := w.watched()
	all := make([]Status, 0, len(roots))
	for _, r := range roots {
		all = append(all, r.status())
	}
	return all
}

func (r *rootWatch) status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.facts
	s.Name = r.name
	s.Settling, s.Growing = r.settler.counts(time.Now())
	s.Settling += r.unseen + r.batch.len() + r.telling
	s.Blocked = len(r.blocks.paths)
	for p, b := range r.blocks.paths {
		s.BlockedPaths = append(s.BlockedPaths, Blocked{Path: state.Path(p), Why: words(b.err), Since: b.since})
	}
	slices.SortFunc(s.BlockedPaths, func(a, b Blocked) int {
		if a.Path < b.Path {
			return -1
		}
		return 1
	})
	s.BlockedPaths = s.BlockedPaths[:min(len(s.BlockedPaths), blockedShown)]
	s.NotTaken, s.NotTakenByExt = r.refusals.total, maps.Clone(r.refusals.byExt)
	return s
}

// Why explains how a path stands with the watcher.
type Why struct {
	Decision              // of the rules; Rule is RuleKind when the name is wanted and what stands there is not a regular file
	Stands   bool         // something stands at the path
	Kind     source.Kind  // of what stands there
	State    State        // of the root
	Waiting  Waiting      // not "": it has not settled, and this is why
	By       string       // the hold file, with WaitsHeld
	Since    time.Time    // when it was first seen, with Waiting; since when it is blocked
	Growing  bool         // with Waiting: for so long that nobody waits for it
	Blocked  string       // why it cannot be looked at: the errno in words
	Reason   state.Reason // why the root is not live
}

// Explain says which rule decided about a path, and what it waits for. It looks at the path, not at the record. The zero Why: there is no such root.
func (w *Watcher) Explain(root string, p state.Path) Why {
	r, ok := w.find(root)
	if !ok {
		return Why{}
	}
	why := Why{Decision: Wants(r.rules, p)}
	switch e, err := r.src.Stat(p); {
	case err == nil:
		why.Stands, why.Kind = true, e.Kind
		if e.Kind != source.Regular && why.Taken {
			why.Decision = Decision{Rule: RuleKind, By: kindWord(e.Kind)}
		}
	case !isAbsent(err):
		why.Blocked = words(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	why.State, why.Reason = r.facts.State, r.facts.Reason
	if b, ok := r.blocks.paths[string(p)]; ok {
		why.Blocked, why.Since = words(b.err), b.since
	}
	if c, ok := r.settler.files[p]; ok {
		why.Waiting, why.By, why.Since = c.waits, c.by, c.first
		why.Growing = time.Since(c.first) >= r.settler.growing
	}
	return why
}

func kindWord(k source.Kind) string {
	switch k {
	case source.Link:
		return "link"
	case source.Dir:
		return "directory"
	case source.Regular:
		return "file"
	}
	return "pipe, socket or device"
}
