package simulation

import (
	"testing"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

func settledNotEnqueued(t *testing.T) {
	inGap(t, sandbox.Options{}, setup{}, func(g *gap) {
		g.file().dies(true, enqueued)
		g.holds()
		if rows := g.rows(); len(rows) != 0 {
			t.Errorf("the record says %+v", rows)
		}
		g.lives().order(enqueued, committed(state.KindReady))
		g.isFile(g.holds(sandbox.Ready)[0], g.standsAt(state.Done))
	})
}

func reservedNotRecorded(t *testing.T) {
	for name, f := range map[string]sandbox.Fault{"Killed": {}, "AnswerLost": {Lost: true}} {
		t.Run(name, func(t *testing.T) {
			inGap(t, sandbox.Options{}, setup{}, func(g *gap) {
				g.faulty(sandbox.OpCreate, f)
				g.file().dies(false, effect(sandbox.OpCreate))
				if a := g.holds(sandbox.Pending)[0]; len(a.Posts) != 0 {
					t.Errorf("the asset has bytes: %+v", a)
				}
				if it := g.standsAt(state.Queued); it.Generation != 0 {
					t.Errorf("generation %d", it.Generation)
				}
				g.healthy()
				g.lives().order(committed(state.KindGaveUp), effect(sandbox.OpCreate), committed(state.KindReady))
				it := g.standsAt(state.Done)
				assets := g.holds(sandbox.Pending, sandbox.Ready)
				g.isFile(assets[1], it)
				if it.Generation != 1 || assets[0].Begun != 0 {
					t.Errorf("generation %d, leftover %+v", it.Generation, assets[0])
				}
			})
		})
	}
	t.Run("Replayed", func(t *testing.T) {
		inGap(t, sandbox.Options{Replay: true}, setup{}, func(g *gap) {
			g.file().dies(false, effect(sandbox.OpCreate))
			g.lives().never(committed(state.KindGaveUp))
			g.isFile(g.holds(sandbox.Ready)[0], g.standsAt(state.Done))
		})
	})
}

func formLost(t *testing.T) {
	died := func(g *gap) {
		g.faulty(sandbox.OpPost, sandbox.Fault{Latency: 10 * time.Second})
		g.file().dies(false, committed(state.KindReserved))
		if a := g.holds(sandbox.Pending)[0]; len(a.Posts) != 0 {
			t.Errorf("the asset has bytes: %+v", a)
		}
		g.standsAt(state.Reserved)
		g.healthy()
	}
	t.Run("Renewed", func(t *testing.T) {
		inGap(t, sandbox.Options{}, setup{}, func(g *gap) {
			died(g)
			g.lives().order(effect(sandbox.OpRetry), effect(sandbox.OpPost), committed(state.KindReady))
			g.never(effect(sandbox.OpCreate))
			g.isFile(g.holds(sandbox.Ready)[0], g.standsAt(state.Done))
		})
	})
	t.Run("Refused", func(t *testing.T) {
		inGap(t, sandbox.Options{Retry: sandbox.RetryExpired}, setup{}, func(g *gap) {
			died(g)
			g.lives().order(committed(state.KindGaveUp), effect(sandbox.OpCreate), committed(state.KindReady))
			it := g.standsAt(state.Done)
			g.isFile(g.holds(sandbox.Pending, sandbox.Ready)[1], it)
			if it.Generation != 1 {
				t.Errorf("generation %d", it.Generation)
			}
		})
	})
}

func sentNotRecorded(t *testing.T) {
	for _, o := range []sandbox.Options{{}, {Storage: sandbox.ImageKit}, {Retry: sandbox.RetryExpired}} {
		t.Run(o.Storage+o.Retry, func(t *testing.T) {
			inGap(t, o, setup{}, func(g *gap) {
				g.faulty(sandbox.OpPost, slow)
				g.file().dies(false, effect(sandbox.OpPost))
				if a := g.holds(sandbox.Pending)[0]; len(a.Posts) != 1 || a.SHA256 != g.stands[g.name] {
					t.Errorf("the asset has not the bytes: %+v", a)
				}
				g.standsAt(state.Reserved)
				g.lives().order(effect(sandbox.OpPost), committed(state.KindSent), effect(sandbox.OpComplete))
				if o.Retry == sandbox.RetryExpired {
					g.isFile(g.holds(sandbox.Pending, sandbox.Ready)[1], g.standsAt(state.Done))
					return
				}
				g.order(effect(sandbox.OpRetry), effect(sandbox.OpPost))
				g.isFile(g.holds(sandbox.Ready)[0], g.standsAt(state.Done))
			})
		})
	}
}
