package watcher

import (
	"container/heap"
	"time"
)

// agenda says what is due when: one time per key.
type agenda struct {
	at   map[string]*entry
	heap entries
}

type entry struct {
	key   string
	at    time.Time
	index int
}

func newAgenda() *agenda { return &agenda{at: map[string]*entry{}} }

// put sets the time of a key, whatever it was before.
func (a *agenda) put(key string, at time.Time) {
	if e, ok := a.at[key]; ok {
		e.at = at
		heap.Fix(&a.heap, e.index)
		return
	}
	e := &entry{key: key, at: at}
	a.at[key] = e
	heap.Push(&a.heap, e)
}

// sooner sets the time of a key unless it is due earlier already.
func (a *agenda) sooner(key string, at time.Time) {
	if e, ok := a.at[key]; !ok || at.Before(e.at) {
		a.put(key, at)
	}
}

func (a *agenda) drop(key string) {
	if e, ok := a.at[key]; ok {
		heap.Remove(&a.heap, e.index)
		delete(a.at, key)
	}
}

// pop takes a key that is due.
func (a *agenda) pop(now time.Time) (key string, ok bool) {
	if len(a.heap) == 0 || a.heap[0].at.After(now) {
		return "", false
	}
	e := heap.Pop(&a.heap).(*entry)
	delete(a.at, e.key)
	return e.key, true
}

// next is when the first key is due; zero when none is.
func (a *agenda) next() time.Time {
	if len(a.heap) == 0 {
		return time.Time{}
	}
	return a.heap[0].at
}

// entries is a heap.Interface.
type entries []*entry

func (e entries) Len() int           { return len(e) }
func (e entries) Less(i, j int) bool { return e[i].at.Before(e[j].at) }
func (e entries) Swap(i, j int) {
	e[i], e[j] = e[j], e[i]
	e[i].index, e[j].index = i, j
}

func (e *entries) Push(x any) {
	added := x.(*entry)
	added.index = len(*e)
	*e = append(*e, added)
}

func (e *entries) Pop() any {
	last := (*e)[len(*e)-1]
	(*e)[len(*e)-1] = nil
	*e = (*e)[:len(*e)-1]
	return last
}
