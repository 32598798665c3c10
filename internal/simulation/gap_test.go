package simulation

import (
	"context"
	"encoding/hex"
	"testing"
	"testing/synctest"

	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// gap is a world in which a life is to die in one of the crash windows.
type gap struct {
	*machine
	name   string // of the file
	events []event
}

// inGap runs fn in a bubble with one settled file that nobody has seen.
func inGap(t *testing.T, o sandbox.Options, c setup, fn func(g *gap)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		s := newService(t, dir, n, o)
		defer s.stop()
		g := &gap{machine: newMachine(t, dir, s, n, 1, c), name: "d/a.png"}
		fn(g)
		if t.Failed() {
			t.Logf("events of the last life: %v", g.events)
		}
	})
}

// file writes the file.
func (g *gap) file() *gap {
	g.write(g.name, g.bytes(5000))
	return g
}

// faulty makes calls of one operation go wrong.
func (g *gap) faulty(op sandbox.Op, f sandbox.Fault) {
	g.service.mu.Lock()
	defer g.service.mu.Unlock()
	g.service.fault = func(_ int, c sandbox.Call) sandbox.Fault {
		if c.Op == op {
			return f
		}
		return sandbox.Fault{}
	}
}

// first makes the next call of one operation go wrong.
func (g *gap) first(op sandbox.Op, f sandbox.Fault) {
	g.service.mu.Lock()
	defer g.service.mu.Unlock()
	done := false
	g.service.fault = func(_ int, c sandbox.Call) sandbox.Fault {
		if c.Op != op || done {
			return sandbox.Fault{}
		}
		done = true
		return f
	}
}

func (g *gap) healthy() { g.faulty("", sandbox.Fault{}) }

// dies runs a life until the first event that matches and kills it there; lose: the commit that is the event is lost.
func (g *gap) dies(lose bool, match func(event) bool, inputs ...string) {
	g.t.Helper()
	l := g.newLife(nil)
	l.match, l.lose = match, lose
	if !g.live(l, g.uploads(inputs)) {
		g.t.Fatalf("the life was not killed: %v", l.events)
	}
	g.events = l.events
}

// lives runs a life to its rest and asserts the promises.
func (g *gap) lives() *gap {
	g.t.Helper()
	return g.livesBeside(nil)
}

// livesBeside is lives, with what happens meanwhile.
func (g *gap) livesBeside(meanwhile func(*life, *daemon.Daemon)) *gap {
	g.t.Helper()
	l := g.newLife(nil)
	g.live(l, meanwhile)
	g.events = l.events
	g.promises()
	return g
}

func (g *gap) uploads(inputs []string) func(*life, *daemon.Daemon) {
	if len(inputs) == 0 {
		return nil
	}
	return func(_ *life, d *daemon.Daemon) {
		if _, err := d.Service().Upload(context.Background(), control.Upload{Inputs: inputs, Workspace: workspace}); err != nil {
			g.t.Error(err)
		}
	}
}

// committed matches the commit of an outcome.
func committed(k state.Kind) func(event) bool {
	return func(e event) bool { return e.commit && e.applied.Change.Outcome.Kind() == k }
}

// enqueued matches the commit of a new row.
func enqueued(e event) bool { return e.commit && e.applied.Before.ID == 0 }

// effect matches an effect at FLORA.
func effect(op sandbox.Op) func(event) bool {
	return func(e event) bool { return e.effect == string(op) }
}

// row returns the only row of the record.
func (g *gap) row() state.Item {
	g.t.Helper()
	rows := g.rows()
	if len(rows) != 1 {
		g.t.Fatalf("%d rows, want 1: %+v", len(rows), rows)
	}
	return rows[0]
}

// stands asserts where the only row stands, and returns it.
func (g *gap) standsAt(want state.Phase) state.Item {
	g.t.Helper()
	it := g.row()
	if it.Phase != want || it.Halt != state.None {
		g.t.Errorf("the record says %v %v, want %v", it.Phase, it.Halt, want)
	}
	return it
}

// holds asserts the states of the assets at FLORA, oldest first, and returns them.
func (g *gap) holds(want ...string) []sandbox.Asset {
	g.t.Helper()
	assets := g.service.box.Assets()
	if len(assets) != len(want) {
		g.t.Fatalf("FLORA has %d assets, want %d: %+v", len(assets), len(want), assets)
	}
	for i, a := range assets {
		if a.Status != want[i] {
			g.t.Errorf("asset %d is %s, want %s", i, a.Status, want[i])
		}
	}
	return assets
}

// order asserts that the last life's events hold these, in this order.
func (g *gap) order(matches ...func(event) bool) {
	g.t.Helper()
	at := 0
	for _, e := range g.events {
		if at < len(matches) && matches[at](e) {
			at++
		}
	}
	if at < len(matches) {
		g.t.Errorf("event %d of the expected order is missing: %v", at, g.events)
	}
}

// never asserts that the last life did nothing of the kind.
func (g *gap) never(match func(event) bool) {
	g.t.Helper()
	for _, e := range g.events {
		if match(e) {
			g.t.Errorf("%v: %v", e, g.events)
		}
	}
}

// isFile asserts that an asset has the bytes of the file.
func (g *gap) isFile(a sandbox.Asset, it state.Item) {
	g.t.Helper()
	if a.ID != it.AssetID || a.SHA256 != g.stands[g.name] || a.SHA256 != hex.EncodeToString(it.Digest[:]) {
		g.t.Errorf("asset %s has %q, the row says %s, the file is %q", a.ID, a.SHA256, it.AssetID, g.stands[g.name])
	}
}
