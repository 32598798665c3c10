package queuetest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

func (w *town) claimSome() {
	items, _, err := w.q.Claim(w.Context(), w.now, lane, 2)
	w.must(err)
	for _, it := range items {
		w.claimed = append(w.claimed, it.ID)
	}
}

func (w *town) letGo() {
	if len(w.claimed) > 0 {
		w.q.Release(w.claimed[0], w.now.Add(time.Second))
		w.claimed = w.claimed[1:]
	}
}

// work takes one step with one of the claimed rows.
func (w *town) work() {
	if len(w.claimed) == 0 {
		return
	}
	i := w.rng.IntN(len(w.claimed))
	id := w.claimed[i]
	if w.step(id) {
		w.claimed = slices.Delete(w.claimed, i, i+1)
		w.q.Release(id, w.now.Add(time.Second))
	}
}

// finish works until nothing is claimed that is not waited for.
func (w *town) finish() {
	w.claimSome()
	for range 6 {
		w.work()
	}
}

// step makes the change that is due, and reports that the row is to be let go.
func (w *town) step(id state.ID) bool {
	it, err := w.q.Get(w.Context(), id)
	if errors.Is(err, queue.ErrNoRow) || it.Settled() {
		return true
	}
	w.must(err)
	if it.Phase >= state.Uploaded {
		w.ready[binary.BigEndian.Uint64(it.Digest[:])]++
		w.do(it, ready())
		return true
	}
	f := w.at[string(it.Path)]
	switch {
	case f == nil:
		w.lookAt(string(it.Path))
		return true
	case !f.print.SameFile(it.Print):
		w.do(it, state.Skip(state.Changed, ""))
		w.lookAt(string(it.Path))
		return true
	}
	var digest [32]byte
	binary.BigEndian.PutUint64(digest[:], f.content)
	if it.Phase == state.Reserved {
		w.do(it, state.Sent(digest, it.Print.Size))
		return false
	}
	originals, err := w.q.Originals(w.Context(), id)
	w.must(err)
	for _, older := range originals {
		if older.Digest == digest {
			w.do(it, state.SameAs(older.ID))
			return true
		}
	}
	w.do(it, reserved(fmt.Sprintf("asset_%d", id)))
	return false
}

func (w *town) do(it state.Item, o state.Outcome) {
	after, err := w.q.Apply(w.Context(), w.change(it, o))
	w.must(err)
	w.say("%v at %s: %v → %v %v (prev %v)", it.ID, it.Path, o.Kind(), after.Phase, after.Halt, it.Prev)
}

// rest lets everything come to its end, and asserts that each name's content is ready, as often as it was given names at most.
func (w *town) rest() {
	for moving := true; moving; {
		w.scan()
		w.now = w.now.Add(time.Hour)
		for len(w.claimed) > 0 {
			w.work()
		}
		w.claimSome()
		_, due, err := w.q.NextDue(w.Context(), w.now)
		w.must(err)
		moving = due || len(w.claimed) > 0
	}
	for p, f := range w.at {
		found, err := w.q.Find(w.Context(), "inbox", state.Path(p))
		w.must(err)
		var digest [32]byte
		binary.BigEndian.PutUint64(digest[:], f.content)
		if found.Gone || found.Item.Standing() != state.StandsReady || found.Item.Digest != digest || string(found.Item.Path) != p {
			w.Errorf("%s holds content %d, the record says %+v", p, f.content, found)
		}
	}
	for content, n := range w.ready {
		if n > w.given[content] {
			w.Errorf("content %d is ready %d times, and was given %d names", content, n, w.given[content])
		}
	}
}
