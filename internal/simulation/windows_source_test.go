package simulation

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/florasync/florasync/internal/daemon"
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
	t.Run("EqualFileInItsPlace", equalInItsPlace)
	for after, away := range map[string]state.Away{"delete": state.AwayDeleted, "move": state.AwayMoved} {
		died := func(g *gap) (aside string) {
			g.file().dies(false, committed(state.KindReady))
			it := g.standsAt(state.Attached)
			g.holds(sandbox.Ready)
			return g.aside(it) // what the life did last
		}
		went := func(g *gap, aside string) {
			if _, err := os.Stat(aside); !os.IsNotExist(err) {
				t.Errorf("the leftover: %v", err)
			}
		}
		t.Run("GoesOn/"+after, func(t *testing.T) {
			inGap(t, sandbox.Options{}, setup{after: after}, func(g *gap) {
				aside := died(g)
				g.lives()
				it := g.standsAt(state.Done)
				if it.Away != away {
					t.Errorf("away %v", it.Away)
				}
				if after == "move" && (it.MovedTo != filepath.Join(g.done, g.name) || len(g.digests(g.done)) != 1) {
					t.Errorf("moved to %q, where there is %q", it.MovedTo, g.digests(g.done))
				}
				went(g, aside)
			})
		})
		t.Run("FolderRenamed/"+after, func(t *testing.T) { // while nobody ran
			inGap(t, sandbox.Options{}, setup{after: after}, func(g *gap) {
				aside := died(g)
				if after == "move" { // as in a directory with the sticky bit
					g.must(os.Rename(aside, filepath.Join(g.path("d"), filepath.Base(aside))))
				}
				g.must(os.Rename(g.path("d"), g.path("e")))
				g.lives()
				if it := g.standsAt(state.Done); it.Away != away || it.MovedTo != "" && it.MovedTo != filepath.Join(g.done, "e/a.png") {
					t.Errorf("away %v to %q", it.Away, it.MovedTo)
				}
				if left, err := filepath.Glob(g.path("e/.florasync-*")); err != nil || len(left) > 0 {
					t.Errorf("left for ever: %q, %v", left, err)
				}
			})
		})
		t.Run("PutBack/"+after, func(t *testing.T) {
			inGap(t, sandbox.Options{}, setup{after: after}, func(g *gap) {
				aside := died(g)
				content := g.bytes(5000) // somebody who had it open wrote it anew
				g.must(os.WriteFile(aside, content, 0o644))
				g.must(os.Chtimes(aside, time.Time{}, g.tick()))
				sum := g.note(g.name, content)
				g.lives()
				if n := len(g.service.ready()[sum]); n != 1 {
					t.Errorf("what stood in the leftover is ready %d times", n)
				}
				went(g, aside)
			})
		})
	}
}

// equalInItsPlace: somebody who does not see a file any more that was set aside drops it again, and that one is looked at first.
func equalInItsPlace(t *testing.T) {
	inGap(t, sandbox.Options{}, setup{after: "move", equal: true}, func(g *gap) {
		g.file().dies(false, committed(state.KindReady))
		aside := g.aside(g.standsAt(state.Attached))
		content, err := os.ReadFile(aside)
		g.must(err)
		g.must(os.Rename(g.done, g.done+".away"))
		g.livesBeside(func(l *life, _ *daemon.Daemon) {
			time.Sleep(time.Hour) // the row waits for minutes by then,
			for n, deadline := l.count(), time.Now().Add(time.Hour); l.count() == n; {
				time.Sleep(time.Second) // from now on
				if time.Now().After(deadline) {
					t.Fatal("the row is not looked at again")
				}
			}
			g.write(g.name, content)
			g.must(os.Rename(g.done+".away", g.done))
		})
		if stands := g.digests(g.done); len(stands) != 2 || len(g.service.ready()[digest(content)]) != 2 {
			t.Errorf("moved: %q, ready: %v", stands, g.service.ready())
		}
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
