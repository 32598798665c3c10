package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/state"
)

func (f *uploadFlags) follow(ctx context.Context, g *globals, s control.Service) error {
	return f.followUntil(ctx, g, s, nil)
}

const (
	// uploadLook is how often the inputs are looked at while waiting.
	uploadLook = 200 * time.Millisecond
	// uploadShare is how many times as long as a look takes the pause after it is at least: many inputs must not keep the daemon from uploading them.
	uploadShare = 10
)

// followUntil enqueues the inputs and, unless told not to, waits for their last phase.
func (f *uploadFlags) followUntil(ctx context.Context, g *globals, s control.Service, d *daemon.Daemon) error {
	items, err := s.Upload(ctx, f.Upload)
	if err != nil {
		return exitWith(max(codeOf(err), exitFailed), err)
	}
	f.items = items
	if f.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, f.timeout)
		defer cancel()
	}
	shown := progress{out: os.Stderr}
	for !f.noWait {
		began := time.Now()
		if items, err = reload(ctx, s, items, f.Inputs); err != nil {
			return f.gaveUp(ctx, err)
		}
		if shown.show(items) {
			break
		}
		if d != nil {
			if err := stuck(ctx, s, d); err != nil {
				return err
			}
		}
		again := time.NewTimer(max(uploadLook, uploadShare*time.Since(began)))
		select {
		case <-ctx.Done():
			again.Stop()
			return f.gaveUp(ctx, ctx.Err())
		case <-again.C:
		}
	}
	return f.result(g, items)
}

func (f *uploadFlags) gaveUp(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return exitWith(exitTimeout, fmt.Errorf("not ready after %s; what is begun goes on with the next run", f.timeout))
	}
	if ctx.Err() != nil {
		return exitWith(killed(ctx), nil)
	}
	return err
}

// stuck ends an upload that FLORA refuses as a whole, that cannot reach it, or that a pause holds back. What was named stays in the record.
func stuck(ctx context.Context, s control.Service, d *daemon.Daemon) error {
	refused, away := d.Stuck()
	held, err := d.Held(ctx)
	if !refused && !away && (err != nil || !held) { // a record that cannot be read now has a line of its own
		return nil
	}
	status, err := s.Status(ctx)
	if err != nil {
		return err
	}
	code, what := exitTimeout, errors.New("FLORA cannot be reached")
	if refused {
		code, what = exitRefused, errors.New("FLORA refuses")
	}
	for _, r := range status.Reasons {
		if refused || away || r.Code == string(state.Paused) {
			return exitWith(code, fmt.Errorf("%s: %s; %s", r.Code, r.Message, r.Hint))
		}
	}
	if !refused && !away {
		return nil // FLORA takes its time
	}
	return exitWith(code, what)
}

// reloadN is how many items one question asks for.
const reloadN = 500

// reload reads the items that are not final again, in the order of the inputs.
func reload(ctx context.Context, s control.Service, items []control.Item, inputs []string) ([]control.Item, error) {
	fresh := slices.Clone(items)
	var open []int
	for i, it := range items {
		if !it.Final() {
			open = append(open, i)
		}
	}
	for some := range slices.Chunk(open, reloadN) {
		names := make([]string, len(some))
		for i, at := range some {
			names[i] = items[at].ID
		}
		page, err := s.List(ctx, control.Filter{Names: names}, "", reloadN)
		if errors.Is(err, control.ErrUnknown) {
			for _, at := range some {
				if fresh[at], err = standsFor(ctx, s, items[at], inputs[at]); err != nil {
					return nil, err
				}
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		found := make(map[string]control.Item, len(page.Items))
		for _, it := range page.Items {
			found[it.ID] = it
		}
		for _, at := range some {
			if it, ok := found[items[at].ID]; ok {
				fresh[at] = it
			}
		}
	}
	return fresh, nil
}

// standsFor returns what an item has become, or, when a digest has found its file to be a version that is known, the item of that, which has taken its place.
func standsFor(ctx context.Context, s control.Service, it control.Item, input string) (control.Item, error) {
	page, err := s.List(ctx, control.Filter{Names: []string{it.ID}}, "", 1)
	if errors.Is(err, control.ErrUnknown) && it.Source == "file" {
		var later error
		root := it.Root
		if page, later = s.List(ctx, control.Filter{Names: []string{input}, Root: &root}, "", 1); later == nil {
			err = nil
		}
	}
	if err != nil || len(page.Items) == 0 {
		return it, err
	}
	return page.Items[0], nil
}

// result prints what became of each input, and finds the exit code.
func (f *uploadFlags) result(g *globals, items []control.Item) error {
	bad := 0
	for _, it := range items {
		if it.Bad() || it.State == "skipped" {
			bad++
		}
		if g.json {
			if err := printJSON(it); err != nil {
				return err
			}
			continue
		}
		line := strings.Join([]string{it.State, shownPath(it), shown(string(it.AssetID)), shown(string(it.URL)), cell(string(it.Error))}, "\t")
		if err := say("%s", line); err != nil {
			return err
		}
	}
	if bad > 0 {
		return exitWith(exitFailed, fmt.Errorf("%d of %d were not taken or failed", bad, len(items)))
	}
	return nil
}
