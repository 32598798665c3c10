package queuetest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// views: pages.
var views = map[string]func(*bench){
	"KnownAndDirsPageInByteOrder": knownPages,
	"ListPagesInPathOrder":        listPages,
	"ListFilters":                 listFilters,
	"FinishedIsACursor":           finished,
	"CountsTellTimes":             countTimes,
}

func knownPages(b *bench) {
	paths := []string{"z", "a/x", "a/b/x", "a b/x", "a!/x", "a/y", "gone/x"}
	for i, p := range paths {
		b.sight(p, version(uint64(i+1), 1, 1))
	}
	b.gone("gone/x")
	var dirs []string
	for after := ""; ; after = dirs[len(dirs)-1] {
		page, err := b.q.Dirs(b.Context(), "inbox", after, 2)
		b.must(err)
		if dirs = append(dirs, page...); len(page) < 2 {
			break
		}
	}
	if want := []string{"a", "a b", "a!", "a/b"}; !slices.Equal(dirs, want) {
		b.Fatalf("directories %q, want %q", dirs, want)
	}
	first, err := b.q.Known(b.Context(), "inbox", "a", "", 1)
	b.must(err)
	rest, err := b.q.Known(b.Context(), "inbox", "a", "x", 9)
	b.must(err)
	if len(first) != 1 || first[0].Name != "x" || first[0].Sum != version(2, 1, 1).Sum() || len(rest) != 1 || rest[0].Name != "y" {
		b.Fatalf("known %+v, %+v", first, rest)
	}
	lost, err := b.q.Known(b.Context(), "inbox", "gone", "", 9)
	if err != nil || len(lost) != 1 || !lost[0].Gone || lost[0].Sum != 0 {
		b.Fatalf("known %+v, %v", lost, err)
	}
}

// all reads a list in pages of n.
func (b *bench) all(query queue.Query, n int) (paths []string) {
	b.Helper()
	for after, page := "", 0; ; page++ {
		items, next, err := b.q.List(b.Context(), query, after, n)
		b.must(err)
		for _, it := range items {
			paths = append(paths, string(it.Path)+it.URL)
		}
		if next == "" || next == after || page > 100 {
			return paths
		}
		after = next
	}
}

func listPages(b *bench) {
	for i, p := range []string{"b", "a/x", "a", "c/d/e"} {
		b.sight(p, version(uint64(i+1), 1, 1))
	}
	b.sight("b", version(1, 2, 2)) // a second version
	b.sightAll(queue.Arrival{Sighting: state.Sighting{At: b.now}, URL: "https://x/"})
	hand := b.arrival("home/me/f", version(9, 1, 1))
	hand.Root = ""
	b.sightAll(hand)
	for n := 1; n < 9; n++ {
		if got, want := b.all(queue.Query{}, n), []string{"home/me/f", "a", "b", "a/x", "c/d/e", "https://x/"}; !slices.Equal(got, want) {
			b.Fatalf("pages of %d: %q, want %q", n, got, want)
		}
		if got, want := b.all(queue.Query{All: true}, n), []string{"b", "a/x", "a", "c/d/e", "b", "https://x/", "home/me/f"}; !slices.Equal(got, want) {
			b.Fatalf("pages of %d: %q, want %q", n, got, want)
		}
	}
	for _, bad := range []string{"p", "x00", "pzz", "f00"} {
		if _, _, err := b.q.List(b.Context(), queue.Query{}, bad, 1); bad != "p" && !errors.Is(err, queue.ErrCursor) {
			b.Errorf("cursor %q: got %v", bad, err)
		}
	}
}

func listFilters(b *bench) {
	ids := map[string]state.ID{}
	for i, p := range []string{"d/a", "d/b", "d/e/c", "d!/x", "dd/x", "z"} {
		b.now = b.now.Add(time.Second)
		ids[p] = b.sight(p, version(uint64(i+1), 1, 10))
	}
	b.apply(ids["d/b"], state.Fail("boom", &state.Fault{Class: state.Lasting}))
	items, _, err := b.q.Claim(b.Context(), b.now, lane, 1)
	b.must(err)
	for _, tc := range []struct {
		query queue.Query
		want  []string
	}{
		{queue.Query{Under: "d"}, []string{"d/a", "d/b", "d/e/c"}},
		{queue.Query{Under: "d/e"}, []string{"d/e/c"}},
		{queue.Query{Under: "d", All: true}, []string{"d/a", "d/b", "d/e/c"}},
		{queue.Query{Roots: []string{"other"}}, nil},
		{queue.Query{Standings: []state.Standing{state.StandsFailed}}, []string{"d/b"}},
		{queue.Query{Standings: []state.Standing{state.StandsActive}}, []string{string(items[0].Path)}},
		{queue.Query{Since: b.now}, []string{"z", "d/b"}},
		{queue.Query{IDs: []state.ID{ids["z"], 999, ids["d/a"]}}, []string{"d/a", "z"}},
	} {
		for _, n := range []int{1, 2, 100} {
			if got := b.all(tc.query, n); !slices.Equal(got, tc.want) {
				b.Errorf("%+v by %d: got %q, want %q", tc.query, n, got, tc.want)
			}
		}
	}
}

func finished(b *bench) {
	ids := make([]state.ID, 4)
	for i := range ids {
		ids[i] = b.sight(fmt.Sprintf("f%d", i), version(uint64(i+1), 1, 10))
	}
	b.apply(ids[2], state.Skip(state.Rule, ""))
	b.apply(ids[0], reserved("asset_1"), sent(10), ready())
	follow := func(after string, want ...state.ID) string {
		b.Helper()
		items, next, err := b.q.List(b.Context(), queue.Query{Finished: true}, after, 9)
		b.must(err)
		got := make([]state.ID, 0)
		for _, it := range items {
			got = append(got, it.ID)
		}
		if !slices.Equal(got, append([]state.ID{}, want...)) {
			b.Fatalf("after %q: %v, want %v", after, got, want)
		}
		return next
	}
	cursor := follow("", ids[2], ids[0])
	cursor = follow(cursor)
	b.reopen()
	b.apply(ids[1], state.Fail("boom", &state.Fault{Class: state.Lasting}))
	cursor = follow(cursor, ids[1])
	b.apply(ids[1], state.Reopen())
	cursor = follow(cursor)
	b.apply(ids[1], reserved("asset_2"), sent(10), ready())
	follow(cursor, ids[1])
	follow("", ids[2], ids[0], ids[1])
}

func countTimes(b *bench) {
	first := b.now
	old := b.sight("a", version(1, 1, 10))
	b.now = b.now.Add(time.Minute)
	id := b.sight("b", version(2, 1, 10))
	counts := func() queue.Counts {
		all, err := b.q.Counts(b.Context())
		b.must(err)
		return all["inbox"]
	}
	if c := counts(); !c.LastSeenAt.Equal(b.now) || !c.OldestWaitingAt.Equal(first) || !c.LastReadyAt.IsZero() {
		b.Fatalf("got %+v", c)
	}
	b.apply(old, reserved("asset_1"), sent(10), ready())
	if c := counts(); !c.LastReadyAt.Equal(start) || !c.OldestWaitingAt.Equal(b.now) {
		b.Fatalf("got %+v", c)
	}
	if has, err := b.q.RootHasWork(b.Context(), "inbox"); !has || err != nil {
		b.Fatalf("has work: %t, %v", has, err)
	}
	b.apply(id, reserved("asset_2"), sent(10), ready())
	if has, err := b.q.RootHasWork(b.Context(), "inbox"); has || err != nil {
		b.Fatalf("has work: %t, %v", has, err)
	}
}
