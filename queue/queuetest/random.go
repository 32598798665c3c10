package queuetest

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

var seedFlag = flag.Uint64("queue.seed", 0, "seed of the random operations; 0 takes a new one")

var random = map[string]func(*bench){"RandomOperationsAgreeWithAModel": randomOps}

// model is a file system with a record beside it in plain maps: what each row's revision and phase must be, and which version stands at each path.
type model struct {
	*bench
	rng     *rand.Rand
	files   map[string]state.Fingerprint
	stamp   int64
	inode   uint64
	claimed map[state.ID]state.Item
	rows    map[state.ID]state.Item // what was acknowledged last, by id
}

const randomSteps = 600

func randomOps(b *bench) {
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	b.Logf("seed: -queue.seed=%d", seed)
	m := &model{bench: b, rng: rand.New(rand.NewPCG(seed, 1)), files: map[string]state.Fingerprint{}, claimed: map[state.ID]state.Item{},
		rows: map[state.ID]state.Item{}}
	ops := []func(){m.write, m.write, m.write, m.touch, m.chmod, m.rename, m.rename, m.link, m.link, m.remove, m.claimSome, m.claimSome, m.step, m.step, m.step, m.step,
		m.release, m.scanDone, m.forgetOne, m.retry, m.restart}
	for i := range randomSteps {
		m.now = m.now.Add(time.Duration(m.rng.IntN(1000)) * time.Millisecond)
		ops[m.rng.IntN(len(ops))]()
		if i%50 == 0 {
			m.compare()
		}
	}
	m.compare()
	m.drain()
}

func (m *model) path() string { return fmt.Sprintf("d%d/f%d", m.rng.IntN(3), m.rng.IntN(8)) }

// any returns a path where a file stands.
func (m *model) any() (string, bool) {
	for range 20 {
		p := m.path()
		if _, ok := m.files[p]; ok {
			return p, true
		}
	}
	return "", false
}

func (m *model) write() {
	p := m.path()
	m.stamp++
	print, there := m.files[p]
	if !there || m.rng.IntN(2) == 0 {
		m.inode++
		print.Inode, print.Born = m.inode, m.stamp
	}
	print.MTime, print.CTime, print.Size = m.stamp, m.stamp, int64(1+m.rng.IntN(3))
	m.files[p] = print
	m.seen(p)
}

// link gives a file a second name.
func (m *model) link() {
	from, ok := m.any()
	to := m.path()
	if _, there := m.files[to]; !ok || there {
		return
	}
	m.stamp++
	print := m.files[from]
	print.CTime = m.stamp
	m.files[to] = print
	m.seen(to)
}

// seen has a file sighted under all its names, since its stamps are those of all: the one at p first, or last.
func (m *model) seen(p string) {
	print := m.files[p]
	var names []string
	for other, was := range m.files {
		if other != p && was.Inode == print.Inode {
			m.files[other] = print
			names = append(names, other)
		}
	}
	slices.Sort(names)
	if m.rng.IntN(2) == 0 {
		names = append([]string{p}, names...)
	} else {
		names = append(names, p)
	}
	for _, name := range names {
		m.sight(name, print)
	}
}

func (m *model) touch() {
	if p, ok := m.any(); ok {
		m.stamp++
		print := m.files[p]
		print.MTime, print.CTime = m.stamp, m.stamp
		m.files[p] = print
		m.seen(p)
	}
}

func (m *model) chmod() {
	if p, ok := m.any(); ok {
		m.stamp++
		print := m.files[p]
		print.CTime = m.stamp
		m.files[p] = print
		m.seen(p)
	}
}

func (m *model) rename() {
	from, ok := m.any()
	to := m.path()
	if !ok || m.files[from].Inode == m.files[to].Inode {
		return
	}
	m.stamp++
	print := m.files[from]
	print.CTime = m.stamp
	delete(m.files, from)
	m.files[to] = print
	gone := m.arrival(from, state.Fingerprint{})
	gone.Gone = true
	m.sightAll(m.arrival(to, print), gone)
	m.seen(to)
}

func (m *model) remove() {
	if p, ok := m.any(); ok {
		delete(m.files, p)
		m.gone(p)
	}
}

func (m *model) scanDone() {
	_, err := m.q.ScanDone(m.Context(), "inbox", m.now)
	m.must(err)
}

func (m *model) forgetOne() {
	p := m.path()
	f, err := m.q.Find(m.Context(), "inbox", state.Path(p))
	m.must(err)
	if f.Item.ID == 0 || m.rng.IntN(3) > 0 {
		return
	}
	_, held := m.claimed[f.Item.ID]
	switch err := m.q.Forget(m.Context(), f.Item.ID, false); {
	case held && !errors.Is(err, queue.ErrClaimed):
		m.Fatalf("forgot a claimed row: %v", err)
	case !held:
		m.must(err)
		delete(m.rows, f.Item.ID)
		if print, there := m.files[p]; there {
			m.sight(p, print)
		}
	}
}

func (m *model) retry() {
	items, _, err := m.q.List(m.Context(), queue.Query{Standings: []state.Standing{state.StandsFailed}, All: true}, "", 1)
	m.must(err)
	for _, it := range items {
		got, err := m.q.Apply(m.Context(), m.change(it, state.Reopen()))
		if errors.Is(err, state.ErrStale) { // a list shows what is on disk; a fold may have been submitted since
			continue
		}
		m.must(err)
		m.rows[it.ID] = got
	}
}

func (m *model) restart() {
	m.reopen()
	clear(m.claimed)
}

// compare holds every path and every acknowledged row against the record.
func (m *model) compare() {
	m.Helper()
	m.check()
	for p, print := range m.files {
		f, err := m.q.Find(m.Context(), "inbox", state.Path(p))
		m.must(err)
		away := f.Item.Away == state.AwayDeleted
		if !f.Known || f.Gone != away || f.Item.Print != print && !away {
			m.Fatalf("%s: the record has %+v, the file is %+v", p, f, print)
		}
	}
	for id, want := range m.rows {
		got, err := m.q.Get(m.Context(), id)
		m.must(err)
		if got.Rev < want.Rev || got.Rev == want.Rev && got.Phase != want.Phase {
			m.Fatalf("%v: acknowledged %v revision %d, read %v revision %d", id, want.Phase, want.Rev, got.Phase, got.Rev)
		}
	}
}

// drain works until nothing moves: every file that stands must then be at rest, and nothing may be handed out for ever.
func (m *model) drain() {
	m.now = m.now.Add(time.Hour)
	for id := range m.claimed {
		m.free(id)
	}
	for range 100_000 {
		m.scanDone()
		items, _, err := m.q.Claim(m.Context(), m.now, lane, 1)
		m.must(err)
		if len(items) == 0 {
			_, moving, err := m.q.NextDue(m.Context(), m.now)
			m.must(err)
			if moving { // a row that another version superseded is being settled
				continue
			}
			break
		}
		it := items[0]
		for !it.Settled() && it.Phase != state.Done {
			outcome := map[state.Phase]state.Outcome{state.Queued: reserved("asset"), state.Reserved: sent(it.Print.Size), state.Uploaded: ready(),
				state.Completed: ready(), state.Attached: state.FiledAway(state.AwayKept, "")}[it.Phase]
			it, err = m.q.Submit(m.change(it, outcome))
			m.must(err)
		}
		m.q.Release(it.ID, time.Time{})
	}
	if _, ok, err := m.q.NextDue(m.Context(), m.now); ok || err != nil {
		m.Fatalf("something is still due: %v", err)
	}
	m.check()
	counts, err := m.q.Counts(m.Context())
	m.must(err)
	if c := counts["inbox"]; c.Waiting != 0 {
		m.Fatalf("%d rows still wait", c.Waiting)
	}
}
