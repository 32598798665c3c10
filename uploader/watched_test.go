package uploader_test

import (
	"slices"
	"sync"
	"time"

	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

// requests are those that left the client, or tried to.
type requests struct {
	mu  sync.Mutex
	all []request
}

type request struct {
	op  flora.Op
	at  time.Time
	err error
}

func (r *requests) note(x flora.Exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, request{x.Op, time.Now(), x.Err})
}

// count counts the requests of some operations, or all of them, since then.
func (r *requests) count(since time.Time, ops ...flora.Op) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range r.all {
		if !x.at.Before(since) && (len(ops) == 0 || slices.Contains(ops, x.op)) {
			n++
		}
	}
	return n
}

type notices struct {
	mu      sync.Mutex
	applied []state.Applied
	noticed []state.Notice
}

func (n *notices) Applied(a state.Applied) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.applied = append(n.applied, a)
}

func (n *notices) Noticed(e state.Notice) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.noticed = append(n.noticed, e)
}

func (n *notices) events(event state.Event) (count int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, e := range n.noticed {
		if e.Event == event {
			count++
		}
	}
	return count
}
