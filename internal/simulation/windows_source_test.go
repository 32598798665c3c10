package simulation

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

func movedNotRecorded(t *testing.T) {
	inGap(t, sandbox.Options{}, setup{after: "move"}, func(g *gap) {
		g.file().dies(true, committed(state.KindFiledAway))
		g.standsAt(state.Attached)
		g.holds(sandbox.Ready)
		dest := filepath.Join(g.done, g.name)
		if _, err := os.Stat(dest); err != nil {
			t.Fatal(err)
		}
		g.lives().never(func(e event) bool { return !e.commit })
		if it := g.standsAt(state.Done); it.Away != state.AwayMoved || it.MovedTo != dest {
			t.Errorf("away %v to %q", it.Away, it.MovedTo)
		}
	})
}

func setAsideNotRemoved(t *testing.T) {
	died := func(g *gap) (aside string) {
		g.file().dies(false, committed(state.KindReady))
		it := g.standsAt(state.Attached)
		g.holds(sandbox.Ready)
		aside = g.aside(it)
		g.must(os.Rename(g.path(g.name), aside)) // what the life did last
		return aside
	}
	t.Run("Removed", func(t *testing.T) {
		inGap(t, sandbox.Options{}, setup{after: "delete"}, func(g *gap) {
			aside := died(g)
			g.lives()
			if it := g.standsAt(state.Done); it.Away != state.AwayDeleted {
				t.Errorf("away %v", it.Away)
			}
			if _, err := os.Stat(aside); !os.IsNotExist(err) {
				t.Errorf("the leftover: %v", err)
			}
		})
	})
	t.Run("PutBack", func(t *testing.T) {
		inGap(t, sandbox.Options{}, setup{after: "delete"}, func(g *gap) {
			aside := died(g)
			content := g.bytes(5000) // somebody who had it open wrote it anew
			g.must(os.WriteFile(aside, content, 0o644))
			g.must(os.Chtimes(aside, time.Time{}, g.tick()))
			sum := g.note(g.name, content)
			g.lives()
			if n := len(g.service.ready()[sum]); n != 1 {
				t.Errorf("what stood in the leftover is ready %d times", n)
			}
		})
	})
}

func removedNotRecorded(t *testing.T) {
	inGap(t, sandbox.Options{}, setup{after: "delete"}, func(g *gap) {
		g.file().dies(true, committed(state.KindFiledAway))
		g.standsAt(state.Attached)
		g.holds(sandbox.Ready)
		if _, err := os.Stat(g.path(g.name)); !os.IsNotExist(err) {
			t.Fatalf("the source: %v", err)
		}
		g.lives().never(func(e event) bool { return !e.commit })
		if it := g.standsAt(state.Done); it.Away != state.AwayDeleted {
			t.Errorf("away %v", it.Away)
		}
	})
}

func foldedNotRecorded(t *testing.T) {
	inGap(t, sandbox.Options{}, setup{}, func(g *gap) {
		g.file().lives()
		g.touch(g.name)
		g.dies(true, committed(state.KindSame))
		rows := g.rows()
		if len(rows) != 2 || rows[1].Phase != state.Queued || rows[1].Prev != rows[0].ID {
			t.Fatalf("the record says %+v", rows)
		}
		g.holds(sandbox.Ready)
		g.lives().never(func(e event) bool { return !e.commit })
		g.order(committed(state.KindSame))
		g.isFile(g.holds(sandbox.Ready)[0], g.standsAt(state.Done))
	})
}
