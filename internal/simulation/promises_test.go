package simulation

import (
	"context"
	"encoding/hex"
	"path/filepath"
	"slices"
	"strings"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// ready counts the ready assets at FLORA by digest.
func (s *service) ready() map[string][]sandbox.Asset {
	ready := map[string][]sandbox.Asset{}
	for _, a := range s.box.Assets() {
		if a.Status == sandbox.Ready {
			ready[a.SHA256] = append(ready[a.SHA256], a)
		}
	}
	return ready
}

// rows opens the record at rest, checks it, and returns every row; newest is then the row at each path where a file stands.
func (m *machine) rows() []state.Item {
	m.t.Helper()
	ctx := context.Background()
	q, err := queue.Open(ctx, queue.Options{Path: m.recordAt, NoSync: true})
	if err != nil {
		m.t.Fatal(err)
	}
	defer q.Close()
	report, err := q.Check(ctx)
	if err != nil {
		m.t.Fatal(err)
	}
	for _, p := range report.Problems {
		m.t.Errorf("record: %s", p)
	}
	items, next, err := q.List(ctx, queue.Query{All: true}, "", 10_000)
	if err != nil || next != "" {
		m.t.Fatalf("list: %v %q", err, next)
	}
	m.newest, m.twice = map[string]state.Item{}, reservedTwice(items)
	for name := range m.stands {
		root, path := m.watched(name)
		if root == "" {
			continue
		}
		found, err := q.Find(ctx, root, path)
		if err != nil {
			m.t.Fatal(err)
		}
		if found.Item.ID != 0 {
			m.newest[name] = found.Item
		}
	}
	return items
}

// reservedTwice returns the assets that were reserved for a row which ended since its file vanished or changed, and for another one: it had the same key.
func reservedTwice(rows []state.Item) map[string]bool {
	held, twice := map[string]int{}, map[string]bool{}
	for _, it := range rows {
		for _, asset := range append(slices.Clone(it.Previous), it.AssetID) {
			held[asset]++
		}
	}
	for _, it := range rows {
		if it.Phase < state.Uploaded && it.Halt == state.Skipped && (it.Reason == state.Gone || it.Reason == state.Changed) {
			for _, asset := range append(slices.Clone(it.Previous), it.AssetID) {
				twice[asset] = held[asset] > 1
			}
		}
	}
	return twice
}

// promises asserts what docs/guarantees.md promises, of the folder, the record and FLORA at rest.
func (m *machine) promises() {
	m.t.Helper()
	ready := m.service.ready()
	rows := m.rows()
	m.neverTwice(ready)
	m.rowsAreTrue(ready, rows)
	m.neverLost(ready)
	m.neverTouched(ready)
	m.attachedOnce(ready)
	m.service.lawful()
}

// neverTwice asserts promises 2 and 3: what is ready was a complete version, and is ready once.
func (m *machine) neverTwice(ready map[string][]sandbox.Asset) {
	m.t.Helper()
	for sum, assets := range ready {
		known, names, excused := false, 0, 0
		for _, each := range m.service.machines {
			known = known || each.versions[sum] != ""
			names += each.names[sum]
			excused += each.excused[sum]
		}
		switch {
		case assets[0].UploadedVia == "url":
		case sum == "" && m.service.emptyIsReady():
			// A server that calls an asset without bytes ready: the row says ambiguous, which rowsAreTrue sees.
		case !known:
			m.t.Errorf("%s is ready as %s with bytes that never were a version of a file", assets[0].Name, assets[0].ID)
		case m.links && m.tooOften(assets) != "":
			m.t.Errorf("%s (%s) is linked, and ready %d times in folder %s", assets[0].Name, sum[:8], len(assets), m.tooOften(assets))
		case len(assets) > names+excused: // each name is a file
			m.t.Errorf("%s (%s) is ready %d times, and was given %d names (and excused %d times): %s, %s", assets[0].Name, sum[:8], len(assets), names, excused,
				assets[0].ID, assets[1].ID)
		}
	}
}

// tooOften returns a folder of FLORA in which equal contents that are to be one asset are ready more often than they may be: once, and once more for each
// life that was killed, since a row that has its reservation is sent for itself in the next one, for each row that failed behind its bytes, since FLORA
// may make its asset ready all the same, and for each that was forgotten, or uploaded by hand.
func (m *machine) tooOften(assets []sandbox.Asset) (folder string) {
	most := 1
	for _, each := range m.service.machines {
		most += each.killed + int(each.failed.Load()) + each.forgot + each.named
	}
	n := map[string]int{}
	for _, a := range assets {
		at := a.Workspace + "/" + a.Folder
		if n[at]++; n[at] > most {
			folder = at
		}
	}
	return folder
}

// rowsAreTrue asserts that each row is at rest, and that what it says is so.
func (m *machine) rowsAreTrue(ready map[string][]sandbox.Asset, rows []state.Item) {
	m.t.Helper()
	byID := map[string]sandbox.Asset{}
	for _, assets := range ready {
		for _, a := range assets {
			byID[a.ID] = a
		}
	}
	for _, it := range rows {
		a, isReady := byID[it.AssetID]
		switch {
		case !it.Settled():
			m.t.Errorf("%s %s does not rest: %v %v due %v", it.ID, it.Path, it.Phase, it.Halt, it.Due)
		case it.Halt != state.None && (it.Reason == "" || it.Fault == nil || it.Fault.Error() == ""):
			m.t.Errorf("%s %s is %v without a reason: %q %+v", it.ID, it.Path, it.Halt, it.Reason, it.Fault)
		case it.Standing() != state.StandsReady:
		case !isReady:
			m.t.Errorf("%s %s stands at %v, but asset %s is not ready", it.ID, it.Path, it.Phase, it.AssetID)
		case it.URL == "" && a.SHA256 != hex.EncodeToString(it.Digest[:]):
			m.t.Errorf("%s %s is ready as %s, which has other bytes", it.ID, it.Path, it.AssetID)
		}
	}
}

// neverLost asserts promise 1: what was last written is ready, or its row says why not.
func (m *machine) neverLost(ready map[string][]sandbox.Asset) {
	m.t.Helper()
	for name, sum := range m.stands {
		if len(ready[sum]) > 0 {
			continue
		}
		it, ok := m.newest[name]
		switch {
		case !ok:
			m.t.Errorf("%s is neither ready nor in the record", name)
		case it.Halt == state.None:
			m.t.Errorf("%s is not ready, and its row (%v) says nothing", name, it.Phase)
		case !m.service.mayRefuse():
			m.t.Errorf("%s is %v (%s: %v), and nobody refused it", name, it.Halt, it.Reason, it.Fault)
		}
	}
}

// neverTouched asserts promise 4: what the daemon took away is ready, and a moved file is where it was to go.
func (m *machine) neverTouched(ready map[string][]sandbox.Asset) {
	m.t.Helper()
	here := map[string]bool{}
	for name, sum := range m.digests(m.dir) {
		here[sum] = true
		m.isNoLeftover(name)
		if m.versions[sum] == "" {
			m.t.Errorf("%s holds bytes that nobody wrote", name)
		}
	}
	moved := map[string]bool{}
	for name, sum := range m.digests(m.done) {
		moved[sum] = true
		m.isNoLeftover(name)
		if len(ready[sum]) == 0 {
			m.t.Errorf("%s was moved and is not ready", name)
		}
	}
	for name, sum := range m.stands {
		switch {
		case here[sum] && moved[sum] && m.names[sum] == 1:
			m.t.Errorf("%s stands in both places", name)
		case here[sum], m.after["move"] && moved[sum], m.after["delete"] && len(ready[sum]) > 0:
		default:
			m.t.Errorf("%s vanished (after: %v; ready %d times)", name, m.after, len(ready[sum]))
		}
		if !here[sum] && !m.service.tellsSize() {
			m.t.Errorf("%s was taken away, and FLORA never told its size", name)
		}
		if here[sum] && !m.after["keep"] && len(ready[sum]) > 0 && m.service.tellsSize() && !m.restless && !m.service.mayRefuse() {
			m.t.Errorf("%s is ready and was not filed away", name)
		}
	}
}

func (m *machine) isNoLeftover(name string) {
	m.t.Helper()
	if strings.HasPrefix(state.Path(name).Base(), ".florasync-") && !m.strayed(name) {
		m.t.Errorf("a leftover: %s", name)
	}
}

// strayed reports a leftover whose directory went to another watched folder before the next life, where nobody looks for it, as docs/guarantees.md says.
func (m *machine) strayed(name string) bool {
	stands, _ := m.watched(name)
	for from, leftover := range m.hidden {
		if filepath.Base(leftover) == filepath.Base(name) {
			stood, _ := m.watched(from)
			return stood != stands
		}
	}
	return false
}
