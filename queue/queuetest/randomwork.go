package queuetest

import (
	"errors"
	"fmt"
	"time"

	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

func (m *model) claimSome() {
	items, _, err := m.q.Claim(m.Context(), m.now, lane, 1+m.rng.IntN(4))
	m.must(err)
	for _, it := range items {
		if _, twice := m.claimed[it.ID]; twice {
			m.Fatalf("%v was handed out twice", it.ID)
		}
		if it.Settled() || it.Due.After(m.now) {
			m.Fatalf("handed out %+v", it)
		}
		m.claimed[it.ID] = it
	}
}

// one returns a claimed row.
func (m *model) one() (state.Item, bool) {
	var least state.Item
	for _, it := range m.claimed { // the choice must follow the seed, not the map
		if least.ID == 0 || it.ID < least.ID {
			least = it
		}
	}
	return least, least.ID != 0
}

// step makes a change that the table allows, awaited or not.
func (m *model) step() {
	it, ok := m.one()
	if !ok {
		return
	}
	var outcomes []state.Outcome
	later := state.Later(m.now.Add(time.Duration(m.rng.IntN(3000))*time.Millisecond), &state.Fault{Class: state.Passing})
	switch it.Phase {
	case state.Queued:
		outcomes = []state.Outcome{reserved(fmt.Sprintf("asset_%d_%d", it.ID, it.Generation)), later, state.Skip(state.Type, "")}
		if it.Prev != 0 {
			outcomes = append(outcomes, state.SameAs(it.Prev))
		}
	case state.Reserved:
		outcomes = []state.Outcome{sent(it.Print.Size), later, state.GaveUp(&state.Fault{Class: state.Passing})}
	case state.Uploaded:
		outcomes = []state.Outcome{state.IsCompleted(), ready(), readyAway(), later, state.Fail("boom", &state.Fault{Class: state.Lasting})}
	case state.Completed:
		outcomes = []state.Outcome{ready(), readyAway(), state.Reverted(&state.Fault{Class: state.Passing})}
	case state.Attached:
		outcomes = []state.Outcome{state.FiledAway(state.AwayKept, ""), state.FiledAway(state.AwayDeleted, ""), state.Fail("boom", &state.Fault{Class: state.Lasting})}
	}
	m.make(it, outcomes[m.rng.IntN(len(outcomes))])
}

func (m *model) make(it state.Item, o state.Outcome) {
	var got state.Item
	var err error
	wait := m.rng.IntN(2) == 0
	if wait {
		got, err = m.q.Apply(m.Context(), m.change(it, o))
	} else {
		got, err = m.q.Submit(m.change(it, o))
	}
	switch {
	case errors.Is(err, queue.ErrOther) && o.Kind() == state.KindSame:
		return
	case errors.Is(err, state.ErrStale), errors.Is(err, state.ErrNoTransition), errors.Is(err, queue.ErrNoRow):
		// another's fold took over the row, or a restamp changed the size under way: read it again, as a worker would
		fresh, err := m.q.Get(m.Context(), it.ID)
		if errors.Is(err, queue.ErrNoRow) {
			m.free(it.ID)
			return
		}
		m.must(err)
		m.claimed[it.ID] = fresh
		if fresh.Settled() {
			m.free(it.ID)
		}
		return
	}
	m.must(err)
	if got.ID != it.ID { // folded
		m.free(it.ID)
		delete(m.rows, it.ID)
		m.rows[got.ID] = got
		return
	}
	m.rows[it.ID] = got
	m.claimed[it.ID] = got
	if got.Settled() || !got.Due.IsZero() {
		m.free(it.ID)
	}
}

func (m *model) free(id state.ID) {
	delete(m.claimed, id)
	m.q.Release(id, time.Time{})
}

func (m *model) release() {
	if it, ok := m.one(); ok {
		delete(m.claimed, it.ID)
		m.q.Release(it.ID, m.now.Add(time.Duration(m.rng.IntN(2000))*time.Millisecond))
	}
}
