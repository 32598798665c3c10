package daemon

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader"
	"github.com/florasync/florasync/uploader/flora"
	"github.com/florasync/florasync/watcher"
)

// wire makes roots and accounts from the configuration. Roots with the same key share an account.
func wire(o Options) (*roots, error) {
	return rewire(o, &roots{})
}

// rewire is wire for a configuration that takes another's place: folders and accounts that are in use, with what is known of their state, are taken over.
func rewire(o Options, now *roots) (*roots, error) {
	base, err := flora.ParseBaseURL(o.Config.API.BaseURL)
	if err != nil {
		return nil, err
	}
	if now.skew == nil {
		now.skew = &skew{}
	}
	w := wiring{o: o, base: base, now: now, client: now.client, skew: now.skew, accounts: make(map[string]*account)}
	r := &roots{byName: make(map[string]*root), handOnly: o.HandOnly, opened: make(map[string]bool)}
	hand, err := w.hand()
	if err != nil {
		return nil, err
	}
	r.byName[""] = hand
	for _, c := range o.Config.Watch {
		root, err := w.root(c)
		if err != nil {
			return nil, err
		}
		r.byName[c.Name] = root
		r.order = append(r.order, c.Name)
	}
	for _, a := range w.order {
		r.accounts = append(r.accounts, w.accounts[a])
	}
	r.client, r.skew = w.client, w.skew
	return r, nil
}

// observe tells the metrics of each request, and compares the clocks.
func (w *wiring) observe() func(flora.Exchange) {
	m, clock, observer := w.o.Metrics, w.skew, w.o.Observer
	return func(x flora.Exchange) {
		if clock.answered(x, time.Now()) && observer != nil {
			r, _ := clock.reason()
			observer.Noticed(state.Notice{Event: state.ClockSkewed, Reason: state.ClockSkew, Err: errors.New(r.Message), Hint: r.Hint})
		}
		if m == nil {
			return
		}
		wasted := int64(0)
		if x.Op == flora.OpUpload && x.Err != nil {
			wasted = x.Sent
		}
		m.Requested(string(x.Op), x.Status, wasted)
	}
}

type wiring struct {
	o        Options
	base     *url.URL
	now      *roots // in use
	client   *flora.Client
	skew     *skew
	accounts map[string]*account
	order    []string
}

func (w *wiring) root(c config.Watch) (*root, error) {
	src, err := w.source(c.Name, c.Path)
	if err != nil {
		return nil, err
	}
	rules, err := watcher.NewRules(c.Recursive, c.Include, c.Exclude)
	if err != nil {
		return nil, fmt.Errorf("root %s: %w", c.Name, err)
	}
	account, err := w.account(c.Name)
	if err != nil {
		return nil, err
	}
	after := map[string]uploader.After{"keep": uploader.Keep, "move": uploader.Move, "delete": uploader.Delete}[c.After]
	return &root{Watch: c, source: src, rules: rules, upload: uploader.Root{Source: src, Account: account.Account, After: after, MoveTo: c.MoveTo,
		Route: state.Route{Workspace: c.Workspace, Project: c.Project, Folder: c.Folder}, MinSize: c.MinSize, MaxSize: c.MaxSize,
		Link: c.Duplicates == "link"}}, nil
}

// source returns the folder at a path: the one in use under that name, if it is there.
func (w *wiring) source(name, path string) (*source.Root, error) {
	src, err := source.New(name, path)
	if r, ok := w.now.find(name); ok && err == nil && r.source.Path() == src.Path() {
		return r.source, nil
	}
	return src, err
}

// hand is the root of what is named by hand: everything below "/".
func (w *wiring) hand() (*root, error) {
	src, err := w.source("", "/")
	if err != nil {
		return nil, err
	}
	account, err := w.account("")
	if err != nil {
		return nil, err
	}
	return &root{source: src, upload: uploader.Root{Source: src, Account: account.Account}}, nil
}

func (w *wiring) account(root string) (*account, error) {
	key := w.o.Config.KeySource(root)
	name := key.Describe()
	if a, ok := w.accounts[name]; ok {
		return a, nil
	}
	if w.client == nil {
		cas, err := w.o.Config.RootCAs()
		if err != nil && !w.o.recordOnly {
			return nil, err
		}
		// As many connections may idle as a reload may ever let be in flight: the client outlives it, and there are no more than were.
		client, err := flora.New(flora.Options{BaseURL: w.base, RootCAs: cas, Key: key.Key, Version: w.o.Version, Timeout: w.o.Config.API.Timeout,
			MaxConns: config.MaxConcurrency, Dial: w.o.Dial, Observe: w.observe()})
		if err != nil {
			return nil, err
		}
		w.client = client
	}
	a := w.inUse(name)
	if a == nil {
		a = &account{Account: uploader.NewAccount(name, w.client.WithKey(key.Key)), key: key}
		a.Changed, a.Replace = key.Changed(), key.Replace()
	}
	w.accounts[name] = a
	w.order = append(w.order, name)
	return a, nil
}

// inUse finds the account of a key source among those in use.
func (w *wiring) inUse(name string) *account {
	for _, a := range w.now.inUse() {
		if a.Name == name {
			return a
		}
	}
	return nil
}
