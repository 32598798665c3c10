package daemon

import (
	"sync"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/uploader"
	"github.com/florasync/florasync/uploader/flora"
	"github.com/florasync/florasync/watcher"
)

// root is a configured root with everything the rooms need of it.
type root struct {
	config.Watch
	source *source.Root
	rules  *watcher.Rules
	upload uploader.Root
}

// roots are the configured roots by name; "" is what is named by hand. It implements uploader.Roots.
type roots struct {
	mu       sync.RWMutex
	byName   map[string]*root
	order    []string
	accounts []*account
	client   *flora.Client // whose connections all accounts share
	skew     *skew         // of its answers
	handOnly bool
	opened   map[string]bool // roots that are worked on although only what is named by hand is
}

// take makes the roots those of next, which was wired from these.
func (r *roots) take(next *roots) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.byName, r.order, r.accounts, r.client = next.byName, next.order, next.accounts, next.client
}

// inUse returns the accounts. Whoever gets them must not change the list.
func (r *roots) inUse() []*account {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.accounts
}

// account is an API key in use, and where it comes from.
type account struct {
	*uploader.Account
	key *config.KeySource
}

// Root returns a root for the uploader.
func (r *roots) Root(name string) (uploader.Root, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	found, ok := r.byName[name]
	if !ok || (r.handOnly && name != "" && !r.opened[name]) {
		return uploader.Root{}, false
	}
	return found.upload, true
}

// open lets a root be worked on although only what is named by hand is.
func (r *roots) open(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.opened[name] = true
}

// close closes idle connections.
func (r *roots) close() {
	for _, a := range r.inUse() {
		a.Client.Close()
	}
}

func (r *roots) find(name string) (*root, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	found, ok := r.byName[name]
	return found, ok
}

// each calls f for every root that is configured when it begins, in the order of the configuration. f may take its time: nobody waits for it.
func (r *roots) each(f func(*root)) {
	for _, c := range r.inOrder() {
		f(c)
	}
}

func (r *roots) inOrder() []*root {
	r.mu.RLock()
	defer r.mu.RUnlock()
	all := make([]*root, len(r.order))
	for i, name := range r.order {
		all[i] = r.byName[name]
	}
	return all
}

// watched returns the roots as the watcher needs them.
func (r *roots) watched() []watcher.Root {
	var all []watcher.Root
	r.each(func(c *root) {
		mode := map[string]watcher.Mode{"auto": watcher.Auto, "notify": watcher.Notify, "poll": watcher.Poll}[c.Mode]
		all = append(all, watcher.Root{Source: c.source, Recursive: c.Recursive, Include: c.Include, Exclude: c.Exclude, Settle: c.Settle, Rescan: c.Rescan,
			Poll: c.Poll, Mode: mode})
	})
	return all
}
