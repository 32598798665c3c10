package watcher

import (
	"context"
	"errors"
	"strings"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

// knownPage is how many names are asked of the record at once.
const knownPage = 500

// known walks along the record's names of one directory, beside a listing in the same order.
type known struct {
	r    *rootWatch
	dir  string
	page []Known
	last bool
}

// next returns the next name the record knows, before or at limit ("" is no limit), and takes it.
func (k *known) next(ctx context.Context, limit string) (e Known, ok bool, err error) {
	if len(k.page) == 0 && !k.last {
		return Known{}, false, errors.New("a page was not loaded")
	}
	if len(k.page) == 0 || limit != "" && k.page[0].Name > limit {
		return Known{}, false, nil
	}
	e = k.page[0]
	k.page = k.page[1:]
	if len(k.page) == 0 && !k.last {
		return e, true, k.load(ctx, e.Name)
	}
	return e, true, nil
}

func (k *known) load(ctx context.Context, after string) (err error) {
	k.page, err = k.r.askNames(ctx, k.dir, after, knownPage)
	k.last = len(k.page) < knownPage
	if len(k.page) == 0 {
		k.last = true
	}
	return err
}

func (r *rootWatch) knownIn(ctx context.Context, dir string) (*known, error) {
	k := &known{r: r, dir: dir}
	return k, k.load(ctx, "")
}

// tellGone tells which names of a directory the record knows and are not there. It reports whether the directory itself is.
func (r *rootWatch) tellGone(ctx context.Context, dir string) (there bool, err error) {
	k, err := r.knownIn(ctx, dir)
	if err != nil {
		return false, err
	}
	if len(k.page) == 0 {
		return true, nil
	}
	names, err := r.src.Names(dir)
	switch {
	case isAbsent(err):
		names = nil
	case errors.Is(err, source.ErrOffline):
		return false, err
	case err != nil:
		return true, nil // it cannot be read: nobody can tell
	}
	absent := err != nil
	for {
		e, ok, err := k.next(ctx, "")
		if err != nil || !ok {
			return !absent, err
		}
		if e.Gone || names.Has(e.Name) {
			continue
		}
		if err := r.confirmGone(ctx, state.Join(dir, e.Name)); err != nil {
			return false, err
		}
	}
}

// confirmGone looks at the very path before it is told as gone: a listing may miss names while others change.
func (r *rootWatch) confirmGone(ctx context.Context, p state.Path) error {
	e, err := r.src.Stat(p)
	switch {
	case errors.Is(err, source.ErrOffline):
		return err
	case isAbsent(err), err == nil && e.Kind != source.Regular:
		r.forget(p)
		return r.sayGone(ctx, p)
	}
	return nil
}

// tellTreeGone tells what is gone of a directory that went, and of all below it.
func (r *rootWatch) tellTreeGone(ctx context.Context, dir string) error {
	if _, err := r.tellGone(ctx, dir); err != nil {
		return err
	}
	for after := dir + "/"; ; { // what is below lies together
		dirs, err := r.askDirs(ctx, after, dirsPage)
		if err != nil {
			return err
		}
		for _, d := range dirs {
			if !strings.HasPrefix(d, dir+"/") {
				return nil
			}
			if _, err := r.tellGone(ctx, d); err != nil {
				return err
			}
		}
		if len(dirs) < dirsPage {
			return nil
		}
		after = dirs[len(dirs)-1]
	}
}
