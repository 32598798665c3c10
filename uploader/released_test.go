package uploader

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/florasync/florasync/state"
)

// Remembered names what is remembered of a row that nobody works on.
func (u *Uploader) Remembered(id state.ID) (what []string) {
	add := func(name string, is bool) {
		if is {
			what = append(what, name)
		}
	}
	has := func(d *delays) bool { _, is := d.m[id]; return is }
	_, form := u.forms.m[id]
	_, missed := u.missed.m[id]
	_, repeats := u.repeats.m[id]
	_, posts := u.posts.m[id]
	_, content := u.contents.of[id]
	_, released := u.released.m[id]
	failed := false
	u.hosts.each(func(h *host) { _, is := h.missed[id]; failed = failed || is })
	add("form", form)
	add("host", failed)
	add("missed", missed)
	add("repeats", repeats)
	add("content", content)
	add("busy", has(&u.busy))
	add("linking", has(&u.linking))
	add("absent", has(&u.absent))
	add("local", has(&u.local))
	add("unreached", has(&u.unreached))
	add("posts", posts)
	add("released", released)
	return what
}

// rows is a record that is only asked for its rows.
type rows struct {
	Queue
	m map[state.ID]state.Item
}

func (r rows) Get(_ context.Context, id state.ID) (state.Item, bool, error) {
	it, ok := r.m[id]
	return it, ok, nil
}

// TestNothingIsRememberedOfRowsThatEnded: rows end while nobody works on them. What is remembered of the others is theirs at their next claim; what a failed one
// sent, when it is retried. One look is not enough: the change that it saw may not have been committed.
func TestNothingIsRememberedOfRowsThatEnded(t *testing.T) {
	const skipped, forgotten, finished, waiting, failed, underWay, back = 1, 2, 3, 4, 5, 6, 7
	record := rows{m: map[state.ID]state.Item{skipped: {Halt: state.Skipped}, finished: {Phase: state.Done}, waiting: {Phase: state.Reserved}, failed: {Halt: state.Failed},
		underWay: {Halt: state.Skipped}, back: {Halt: state.Skipped}}}
	u := &Uploader{opt: Options{Queue: record}}
	now := time.Now()
	for id := state.ID(skipped); id <= back; id++ {
		u.forms.put(id, signed{})
		u.hosts.of("storage").failed(id, false)
		u.missed.note(id, now)
		u.repeats.due(id, now, now)
		u.contents.enter(id, known{})
		for _, d := range []*delays{&u.busy, &u.linking, &u.absent, &u.local, &u.unreached} {
			d.next(id)
		}
		u.posts.anew(id)
		u.released.put(id)
	}
	all := u.Remembered(skipped)
	if len(all) != 12 {
		t.Fatalf("only %q can be remembered", all)
	}
	u.tidy(t.Context())
	for id := state.ID(skipped); id <= back; id++ {
		if got := u.Remembered(id); !slices.Equal(got, all) {
			t.Errorf("row %d: after one look %q", id, got)
		}
	}
	u.released.drop(underWay)
	record.m[back] = state.Item{Phase: state.Queued} // its end was not committed
	u.tidy(t.Context())
	for id, want := range map[state.ID][]string{skipped: nil, forgotten: nil, finished: nil, waiting: all, failed: all, underWay: all[:11], back: all} {
		if got := u.Remembered(id); !slices.Equal(got, want) {
			t.Errorf("row %d: %q, want %q", id, got, want)
		}
	}
	u.forget(failed)
	if got := u.Remembered(failed); !slices.Equal(got, []string{"posts", "released"}) {
		t.Errorf("of a row that failed %q is kept", got)
	}
}
