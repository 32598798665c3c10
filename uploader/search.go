package uploader

import (
	"context"
	"sync"
	"time"

	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

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
	ended time.Time // of the last one
	taken map[string]state.ID

	holders holders
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
			if err := search.holders.look(ctx, r.u.opt.Queue, found); err != nil {
				return nil, err
			}
			search.found, search.done, search.ended = found, true, time.Now()
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
		s.m[workspace] = &search{once: make(chan struct{}, 1), taken: make(map[string]state.ID)}
		s.m[workspace].once <- struct{}{}
	}
	return s.m[workspace]
}

// known returns the search of a workspace; nil when there was none.
func (s *searches) known(workspace string) *search {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.m[workspace]
}

// patient reports whether a pending asset of an earlier record is still worth waiting for; the workspace is listed anew then.
func (s *searches) patient(workspace string, now time.Time) bool {
	search := s.of(workspace)
	<-search.once
	defer func() { search.once <- struct{}{} }()
	if search.began.IsZero() {
		search.began = now
	}
	if now.Sub(search.began) > pendingWait {
		return false
	}
	if now.Sub(search.ended) >= relistInterval {
		search.done = false
	}
	return true
}

// relistInterval is how old a listing must be before it is made again for a pending asset: many rows may wait for one.
const relistInterval = 30 * time.Second

// take gives an asset to one row at a time, until give, and to none once a row holds it: two files with one name and content are two files.
func (s *searches) take(workspace, asset string, id state.ID) bool {
	search := s.of(workspace)
	<-search.once
	defer func() { search.once <- struct{}{} }()
	if holder, taken := search.taken[asset]; taken {
		return holder == id
	}
	if search.holders.of(asset) != 0 { // since the row asked
		return false
	}
	search.taken[asset] = id
	return true
}

// give gives back what a row took.
func (s *searches) give(workspace string, id state.ID) {
	search := s.of(workspace)
	<-search.once
	defer func() { search.once <- struct{}{} }()
	for asset, holder := range search.taken {
		if holder == id {
			delete(search.taken, asset)
		}
	}
}

// listEarlier returns the assets created in [birth - 26 h, birth], or at an unknown time.
func (r *row) listEarlier(ctx context.Context, birth time.Time) ([]flora.Asset, error) {
	var found []flora.Asset
	err := r.eachAsset(ctx, flora.ListQuery{WorkspaceID: r.workspace()}, func(a flora.Asset) (bool, error) {
		if at := a.CreatedAt; at.IsZero() || (!at.After(birth) && at.After(birth.Add(-keyWindow))) {
			found = append(found, a)
		}
		return false, nil
	})
	return found, err
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
