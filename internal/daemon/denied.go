package daemon

import (
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/state"
)

// denials remembers, root by root, that files which are ready could not be moved or deleted as the configuration asks, and says so once until one can again.
// It passes on what the record tells.
type denials struct {
	state.Observer

	mu     sync.Mutex
	byRoot map[string]denial
}

type denial struct {
	since, last time.Time
	message     string
	hint        string
}

// denialStands is how long a denial counts that is not repeated: whoever is denied tries again within four minutes, unless nobody asks any more.
const denialStands = 5 * time.Minute

func newDenials(o state.Observer) *denials {
	return &denials{Observer: o, byRoot: map[string]denial{}}
}

// Applied passes a transition on.
func (d *denials) Applied(a state.Applied) {
	d.Observer.Applied(a)
	it := a.After
	switch f := a.Change.Outcome.Fault(); {
	case a.Change.Outcome.Kind() == state.KindFiledAway && it.Away != state.AwayKept:
		d.mu.Lock()
		delete(d.byRoot, it.Root)
		d.mu.Unlock()
	case f != nil && f.Code == string(state.MoveDenied):
		if d.deny(it.Root, f) {
			d.Observer.Noticed(state.Notice{Event: state.FileKept, Root: it.Root, Path: it.Path, Reason: state.MoveDenied, Err: errors.New(f.Message), Hint: f.Hint})
		}
	}
}

// deny notes a denial, and reports the first of them.
func (d *denials) deny(root string, f *state.Fault) (first bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	was, stands := d.byRoot[root]
	if stands = stands && now.Sub(was.last) < denialStands; !stands {
		was.since = now
	}
	d.byRoot[root] = denial{since: was.since, last: now, message: root + ": " + f.Message, hint: f.Hint}
	return !stands
}

// forgetChanged forgets what was denied in a root whose files are now to be filed away otherwise, or not at all.
func (d *denials) forgetChanged(before, now *config.Config) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for root := range d.byRoot {
		named := func(w config.Watch) bool { return w.Name == root }
		i, j := slices.IndexFunc(before.Watch, named), slices.IndexFunc(now.Watch, named)
		if i < 0 || j < 0 || before.Watch[i].After != now.Watch[j].After || before.Watch[i].MoveTo != now.Watch[j].MoveTo {
			delete(d.byRoot, root)
		}
	}
}

// reasons are the roots where it stands.
func (d *denials) reasons() (all []control.Reason) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, root := range sortedKeys(d.byRoot) {
		if r := d.byRoot[root]; time.Since(r.last) < denialStands {
			all = append(all, control.Reason{Code: string(state.MoveDenied), Message: r.message, Hint: r.hint, Since: control.Time{Time: r.since}})
		}
	}
	return all
}
