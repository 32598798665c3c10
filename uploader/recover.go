package uploader

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

const (
	// keyWindow is how far back an earlier record's reservation can still hold a key: 24 h where FLORA replays, and slack.
	keyWindow = 26 * time.Hour
	// pendingWait is how long an earlier record's pending asset is waited for.
	pendingWait = 10 * time.Minute
)

// recover handles a reservation whose key is taken: its answer was lost, to this record or to an earlier one (design, lost answers).
func (r *row) recover(ctx context.Context, to state.Destination, cause error) (*state.Outcome, error) {
	fault := classify(cause, time.Now()).fault
	fault.Message = "the answer to an earlier request with this key was lost: " + fault.Message
	birth := r.u.opt.Queue.Birth()
	if r.u.clock.now().Sub(birth) > keyWindow {
		return is(state.GaveUp(&fault)), nil
	}
	r.doing.Store("recover")
	candidates, err := r.u.earlier.find(ctx, r, birth)
	if err != nil {
		return nil, err
	}
	waiting := false
	for _, a := range candidates {
		if a.Name != to.Name || (a.SizeKnown && a.SizeBytes != r.it.Print.Size) {
			continue
		}
		if holder, err := r.u.opt.Queue.Holder(ctx, a.ID); err != nil {
			return nil, err
		} else if holder != 0 {
			continue
		}
		switch a.Status {
		case flora.StatusReady:
			o, err := r.adopt(ctx, to, a.ID)
			if err != nil || o != nil {
				return o, err
			}
		case flora.StatusFailed:
		default:
			waiting = true
		}
	}
	if waiting && r.u.earlier.patient(r.workspace(), time.Now()) {
		return nil, waitFor(time.Minute)
	}
	return is(state.GaveUp(&fault)), nil
}

// adopt looks at an asset that an earlier record may have made of this file. Nil and nil: it is not ours.
func (r *row) adopt(ctx context.Context, to state.Destination, asset string) (*state.Outcome, error) {
	a, meta, err := r.retrieve(ctx, asset)
	if err != nil {
		return nil, err
	}
	if a.Status != flora.StatusReady {
		if r.it.Phase == state.Queued && a.Status == flora.StatusFailed {
			return is(state.GaveUp(&state.Fault{Class: state.Passing, Code: "failed", Message: "FLORA failed an earlier asset: " + a.FailureMessage})), nil
		}
		return nil, waitFor(5 * time.Second)
	}
	ours, o, err := r.readDigest(ctx)
	if o != nil || err != nil {
		return o, err
	}
	same, err := r.sameBytes(ctx, a, ours)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, err
	case err != nil:
		return is(r.ambiguous(fmt.Sprintf("asset %s may be this file, but its bytes cannot be read: %v", asset, err))), nil
	case !same:
		return nil, nil
	}
	return is(state.Adopted(asset, a.URL, to, ours, r.it.Print.Size, meta.Date, r.work()).By(meta.RequestID, 0)), nil
}

func (r *row) ambiguous(message string) state.Outcome {
	return state.Fail(state.Ambiguous, &state.Fault{Class: state.Lasting, Code: string(state.Ambiguous), Message: message, At: time.Now(),
		Hint: "look at the asset in FLORA; `florasync retry` uploads the file anew"})
}

// sameBytes reads the bytes at the asset's URL and compares their digest.
func (r *row) sameBytes(ctx context.Context, a flora.Asset, want [32]byte) (bool, error) {
	if err := r.u.slots.acquire(ctx); err != nil {
		return false, err
	}
	defer r.u.slots.release()
	h := sha256.New()
	n, err := r.root.Account.Client.Download(ctx, a.URL, r.it.Print.Size, h)
	if err != nil {
		return false, err
	}
	return n == r.it.Print.Size && [32]byte(h.Sum(nil)) == want, nil
}

func (r *row) retrieve(ctx context.Context, asset string) (a flora.Asset, meta flora.Meta, err error) {
	err = r.api(ctx, func(ctx context.Context) (flora.Meta, error) {
		var err error
		a, meta, err = r.root.Account.Client.Retrieve(ctx, asset)
		return meta, err
	})
	return a, meta, err
}

// searches keeps, by workspace, the assets an earlier record may have left: one listing serves all rows.
type searches struct {
	mu sync.Mutex
	m  map[string]*search
}

type search struct {
	once  chan struct{} // holds a token while nobody lists
	done  bool
	found []flora.Asset
	began time.Time // of the first listing
}

// find lists the row's workspace, once, until two passes agree.
func (s *searches) find(ctx context.Context, r *row, birth time.Time) ([]flora.Asset, error) {
	search := s.of(r.workspace())
	select {
	case <-search.once:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	defer func() { search.once <- struct{}{} }()
	if search.done {
		return search.found, nil
	}
	if search.began.IsZero() {
		search.began = time.Now()
	}
	var last []flora.Asset
	for pass := 0; ; pass++ {
		found, err := r.listEarlier(ctx, birth)
		if err != nil {
			return nil, err
		}
		if pass > 0 && sameAssets(last, found) {
			search.found, search.done = found, true
			return found, nil
		}
		last = found
	}
}

func (s *searches) of(workspace string) *search {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m == nil {
		s.m = make(map[string]*search)
	}
	if s.m[workspace] == nil {
		s.m[workspace] = &search{once: make(chan struct{}, 1)}
		s.m[workspace].once <- struct{}{}
	}
	return s.m[workspace]
}

// patient reports whether a pending asset of an earlier record is still worth waiting for; the workspace is listed anew then.
func (s *searches) patient(workspace string, now time.Time) bool {
	search := s.of(workspace)
	<-search.once
	defer func() { search.once <- struct{}{} }()
	if now.Sub(search.began) > pendingWait {
		return false
	}
	search.done = false
	return true
}

// listEarlier returns the assets created in [birth - 26 h, birth), or at an unknown time.
func (r *row) listEarlier(ctx context.Context, birth time.Time) ([]flora.Asset, error) {
	var found []flora.Asset
	q := flora.ListQuery{WorkspaceID: r.workspace(), Limit: flora.MaxListLimit}
	for {
		var page flora.Page
		err := r.api(ctx, func(ctx context.Context) (flora.Meta, error) {
			var err error
			page, err = r.root.Account.Client.List(ctx, q)
			return page.Meta, err
		})
		if err != nil {
			return nil, err
		}
		for _, a := range page.Assets {
			at := a.CreatedAt
			if a.ID != "" && (at.IsZero() || (at.Before(birth) && at.After(birth.Add(-keyWindow)))) {
				found = append(found, a)
			}
		}
		if page.Next == "" {
			return found, nil
		}
		if page.Next == q.Cursor {
			return nil, errors.New("the list of assets does not end")
		}
		q.Cursor = page.Next
	}
}

func sameAssets(a, b []flora.Asset) bool {
	count := make(map[string]int, len(a))
	for _, x := range a {
		count[x.ID+string(x.Status)]++
	}
	for _, x := range b {
		count[x.ID+string(x.Status)]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}
