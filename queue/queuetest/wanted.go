package queuetest

import (
	"slices"

	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// wanting: what a rule, a mark or a name says of a sighting.
var wanting = map[string]func(*bench){
	"IgnoreChangeKeepsTheReadyOne": ignoreChange,
	"MarkIsKnownWithoutARow":       mark,
	"MarkIsKnownOnAnotherDisk":     markOnAnotherDisk,
	"NamedOverrulesMarkAndRule":    named,
	"URLHasNoPath":                 url,
	"BytesThatAreNotUTF8ComeBack":  notUTF8,
}

func ignoreChange(b *bench) {
	again := func(stamp int64) state.ID {
		a := b.arrival("a", version(1, stamp, 10))
		a.IgnoreChange = true
		return b.sightAll(a)[0]
	}
	first := again(100)
	b.apply(first, reserved("asset_1"), sent(10), ready())
	for stamp := int64(200); stamp < 205; stamp++ {
		b.wantStands(again(stamp), state.Queued, state.Skipped, state.Rule)
	}
	b.claim()
}

func mark(b *bench) {
	p := version(1, 100, 10)
	a := b.arrival("a", p)
	a.Mark = true
	if id := b.sightAll(a)[0]; id != 0 {
		b.Fatalf("a mark has row %v", id)
	}
	if f, err := b.q.Find(b.Context(), "inbox", "a"); err != nil || !f.Known || !f.Mark || f.Gone {
		b.Fatalf("found %+v, %v", f, err)
	}
	if id := b.sight("a", p); id != 0 {
		b.Fatal("an unchanged mark was taken")
	}
	p.CTime++
	if id := b.sight("a", p); id != 0 {
		b.Fatal("a chmod made a marked file wanted")
	}
	b.gone("a")
	p.CTime++
	if id := b.sight("moved", p); id != 0 {
		b.Fatal("a rename made a marked file wanted")
	}
	if id := b.sight("moved", version(1, 200, 11)); id == 0 {
		b.Fatal("a marked file that was written anew is not taken")
	}
}

// markOnAnotherDisk: a folder of ignored files is copied with its times, or mounted with other inodes; what was written to since is another matter.
func markOnAnotherDisk(b *bench) {
	for _, path := range []string{"copied", "written"} {
		a := b.arrival(path, version(1, 100, 10))
		a.Mark = true
		b.sightAll(a)
	}
	b.gone("copied")
	copied := version(7, 100, 10)
	copied.CTime = 900
	if id := b.sight("copied", copied); id != 0 {
		b.Errorf("the copy of an ignored file has row %v", id)
	}
	if f, err := b.q.Find(b.Context(), "inbox", "copied"); err != nil || !f.Mark || f.Gone {
		b.Errorf("found %+v, %v", f, err)
	}
	if id := b.sight("written", version(8, 200, 10)); id == 0 {
		b.Error("another file at the path of an ignored one is ignored, too")
	}
	b.wantCounts(queue.Counts{Seen: 1, Waiting: 1})
}

func named(b *bench) {
	p := version(1, 100, 10)
	a := b.arrival("a", p)
	a.Mark = true
	b.sightAll(a)
	byHand := func(path string, p state.Fingerprint) state.ID {
		a := b.arrival(path, p)
		a.Named = true
		return b.sightAll(a)[0]
	}
	if byHand("a", p) == 0 {
		b.Fatal("a marked file named by hand is not taken")
	}
	rule := b.arrival("b", version(2, 100, 10))
	rule.Skip = state.Rule
	skipped := b.sightAll(rule)[0]
	id := byHand("b", version(2, 100, 10))
	if id == skipped || !b.get(id).Named {
		b.Fatalf("got %v %+v", id, b.get(id))
	}
	if again := byHand("b", version(2, 100, 10)); again != id {
		b.Fatalf("named twice: got %v, want %v", again, id)
	}
}

func url(b *bench) {
	a := queue.Arrival{Sighting: state.Sighting{At: b.now}, URL: "https://u:p@x/y.png?sig=1", To: bodyTo}
	id := b.sightAll(a)[0]
	items, _, err := b.q.Claim(b.Context(), b.now, state.Lane{}, 2)
	b.must(err)
	if len(items) != 1 || items[0].ID != id || items[0].URL != a.URL {
		b.Fatalf("claimed %+v", items)
	}
	it := b.apply(id, state.Intent(bodyTo), state.Created("asset_1"))
	if it.URL != "https://x/y.png" {
		b.Fatalf("still holds %s", it.URL)
	}
	if list, _, err := b.q.List(b.Context(), queue.Query{}, "", 9); err != nil || len(list) != 1 || list[0].ID != id {
		b.Fatalf("listed %+v, %v", list, err)
	}
}

func notUTF8(b *bench) {
	names := []string{"d\xff/\xfe\n\"\\", "d\xff/z", "plain", "ä/ö", "d\xff/\x01"}
	for i, name := range names {
		b.sight(name, version(uint64(i+1), 1, 1))
	}
	b.reopen()
	for _, name := range names {
		f, err := b.q.Find(b.Context(), "inbox", state.Path(name))
		if err != nil || string(f.Item.Path) != name {
			b.Fatalf("%q came back as %q, %v", name, f.Item.Path, err)
		}
	}
	known, err := b.q.Known(b.Context(), "inbox", "d\xff", "", 9)
	b.must(err)
	got := make([]string, len(known))
	for i, k := range known {
		got[i] = k.Name
	}
	if !slices.Equal(got, []string{"\x01", "z", "\xfe\n\"\\"}) {
		b.Fatalf("known %q", got)
	}
}
