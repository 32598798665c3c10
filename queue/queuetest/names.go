package queuetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

var names = map[string]func(*bench){"EachNameIsUploadedOnce": eachNameOnce}

// inode is a file that may have several names.
type inode struct {
	print   state.Fingerprint
	content uint64
}

// town is a folder in which files get and lose names, with a watcher that looks at any of them at any moment, and a worker that reads what it sends. It
// counts what is sent: as often as a content was given names, at most.
type town struct {
	*bench
	rng     *rand.Rand
	at      map[string]*inode
	stamp   int64
	inodes  uint64
	content uint64
	given   map[uint64]int // names that a file with this content had
	ready   map[uint64]int
	claimed []state.ID
	log     []string
}

const (
	townSteps = 150
	// townsN is how many towns are played, from the first seed on. One in some thousands uploads a content once more than it had names, of which
	// docs/guarantees.md tells, so that these are always the same.
	townsN = 100
)

func eachNameOnce(b *bench) {
	if *seedFlag != 0 {
		playTown(b, *seedFlag)
		return
	}
	for seed := range uint64(townsN) {
		b.Run(fmt.Sprint(seed+1), func(t *testing.T) {
			each := newBench(t, b.open)
			playTown(each, seed+1)
			each.check()
		})
	}
}

func playTown(b *bench, seed uint64) {
	w := &town{bench: b, rng: rand.New(rand.NewPCG(seed, 2)), at: map[string]*inode{}, given: map[uint64]int{}, ready: map[uint64]int{}}
	defer func() {
		if b.Failed() {
			b.Logf("again: -queue.seed=%d", seed)
			for _, line := range w.log {
				b.Log(line)
			}
		}
	}()
	ops := []func(){w.create, w.rewrite, w.touch, w.touch, w.rename, w.rename, w.rename, w.link, w.link, w.remove, w.look, w.look, w.look, w.claimSome,
		w.work, w.work, w.work, w.finish, w.finish, w.letGo, w.scan}
	for range townSteps {
		w.now = w.now.Add(time.Second)
		ops[w.rng.IntN(len(ops))]()
	}
	w.rest()
}

func (w *town) say(format string, args ...any) { w.log = append(w.log, fmt.Sprintf(format, args...)) }

func (w *town) name() string { return string(rune('a' + w.rng.IntN(5))) }

// any returns a name that a file has; "" when none is found.
func (w *town) any() string {
	for range 10 {
		if p := w.name(); w.at[p] != nil {
			return p
		}
	}
	return ""
}

func (w *town) tick() int64 { w.stamp++; return w.stamp }

func (w *town) namesOf(f *inode) (all []string) {
	for p, g := range w.at {
		if g == f {
			all = append(all, p)
		}
	}
	slices.Sort(all)
	return all
}

func (w *town) create() {
	w.inodes++
	w.content++
	now := w.tick()
	f := &inode{content: w.content, print: state.Fingerprint{Inode: w.inodes, Born: now, MTime: now, CTime: now, Size: 10}}
	p := w.name()
	w.at[p], w.given[f.content] = f, 1
	w.say("create %s: inode %d, content %d", p, w.inodes, w.content)
}

func (w *town) rewrite() {
	p := w.any()
	if p == "" {
		return
	}
	f := w.at[p]
	w.content++
	f.content = w.content
	f.print.MTime = w.tick()
	f.print.CTime = f.print.MTime
	w.given[f.content] = len(w.namesOf(f))
	w.say("rewrite %s: content %d", p, f.content)
}

func (w *town) touch() {
	if p := w.any(); p != "" {
		f := w.at[p]
		f.print.CTime = w.tick()
		if w.rng.IntN(2) == 0 {
			f.print.MTime = f.print.CTime
		}
		w.say("touch %s: %+v", p, f.print)
	}
}

func (w *town) rename() {
	from, to := w.any(), w.name()
	if from == "" || w.at[from] == w.at[to] {
		return
	}
	f := w.at[from]
	f.print.CTime = w.tick()
	delete(w.at, from)
	w.at[to] = f
	w.say("rename %s %s", from, to)
}

func (w *town) link() {
	from, to := w.any(), w.name()
	if from == "" || w.at[to] != nil {
		return
	}
	f := w.at[from]
	f.print.CTime = w.tick()
	w.at[to] = f
	w.given[f.content]++
	w.say("link %s %s", from, to)
}

func (w *town) remove() {
	if p := w.any(); p != "" {
		w.at[p].print.CTime = w.tick()
		delete(w.at, p)
		w.say("remove %s", p)
	}
}

// look tells what stands at a few paths, as the watcher does: before a file is told, whatever the record believes of it elsewhere is looked at.
func (w *town) look() {
	var paths []string
	for range 1 + w.rng.IntN(3) {
		if p := w.name(); !slices.Contains(paths, p) {
			paths = append(paths, p)
		}
	}
	w.lookAt(paths...)
}

func (w *town) lookAt(paths ...string) {
	var fresh []state.Sighting
	var all []queue.Arrival
	for _, p := range paths {
		if f := w.at[p]; f != nil {
			fresh = append(fresh, w.arrival(p, f.print).Sighting)
		} else {
			a := w.arrival(p, state.Fingerprint{})
			a.Gone = true
			all = append(all, a)
		}
	}
	places, err := w.q.Standing(w.Context(), "inbox", fresh)
	w.must(err)
	for _, place := range places {
		if f := w.at[string(place.Path)]; f == nil || f.print.Inode != place.Print.Inode {
			a := w.arrival(string(place.Path), place.Print)
			a.Gone = true
			all = append([]queue.Arrival{a}, all...)
		}
	}
	for _, s := range fresh {
		all = append(all, w.arrival(string(s.Path), s.Print))
	}
	for i, id := range w.sightAll(all...) {
		w.say("look %s gone %v %+v: %v", all[i].Path, all[i].Gone, all[i].Print, id)
	}
}

func (w *town) scan() {
	began := w.now
	w.now = w.now.Add(time.Second)
	paths := []string{"a", "b", "c", "d", "e"}
	w.rng.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
	for _, p := range paths { // what is gone is told first
		if w.at[p] == nil {
			w.lookAt(p)
		}
	}
	cut := w.rng.IntN(len(paths) + 1)
	w.lookAt(paths[:cut]...)
	w.lookAt(paths[cut:]...)
	n, err := w.q.ScanDone(w.Context(), "inbox", began)
	w.must(err)
	w.say("scan: %d are gone", n)
}
