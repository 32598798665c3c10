package simulation

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// windows are the tests of state.Windows: each dies in the gap and looks at what FLORA has, what the record says, and what the next life does.
var windows = map[string]func(*testing.T){
	"SettledNotEnqueued":   settledNotEnqueued,
	"ReservedNotRecorded":  reservedNotRecorded,
	"FormLost":             formLost,
	"SentNotRecorded":      sentNotRecorded,
	"CompletedNotRecorded": completedNotRecorded,
	"ReadyNotRecorded":     readyNotRecorded,
	"RevertedNotRetried":   revertedNotRetried,
	"RetriedNotSent":       retriedNotSent,
	"AttachedNotRecorded":  attachedNotRecorded,
	"IntentNotSent":        intentNotSent,
	"CreatedNotRecorded":   createdNotRecorded,
	"MovedNotRecorded":     movedNotRecorded,
	"SetAsideNotRemoved":   setAsideNotRemoved,
	"RemovedNotRecorded":   removedNotRecorded,
	"FoldedNotRecorded":    foldedNotRecorded,
}

func TestWindow(t *testing.T) {
	t.Parallel()
	for _, w := range state.Windows {
		if test, ok := windows[w.Name]; ok {
			t.Run(w.Name, test)
		}
	}
}

// TestEveryWindowHasItsTest compares the table with the tests.
func TestEveryWindowHasItsTest(t *testing.T) {
	named := map[string]bool{}
	for _, w := range state.Windows {
		named[w.Name] = true
		if windows[w.Name] == nil {
			t.Errorf("state.Windows has %s, which has no test", w.Name)
		}
	}
	for name := range windows {
		if !named[name] {
			t.Errorf("%s is tested and not in state.Windows", name)
		}
	}
}

// slow lets commits that nobody waits for reach the disk before the next effect.
var slow = sandbox.Fault{Latency: time.Second}

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

func completedNotRecorded(t *testing.T) {
	for name, process := range map[string]time.Duration{"Ready": 0, "Processing": 40 * time.Second} {
		for lost, f := range map[string]sandbox.Fault{"Killed": {}, "AnswerLost": {Lost: true}} {
			t.Run(name+lost, func(t *testing.T) {
				inGap(t, sandbox.Options{Process: process}, setup{}, func(g *gap) {
					g.faulty(sandbox.OpComplete, f)
					g.file().dies(false, effect(sandbox.OpComplete))
					want := sandbox.Ready
					if process > 0 {
						want = sandbox.Pending
					}
					g.holds(want)
					g.standsAt(state.Uploaded)
					g.healthy()
					g.lives().never(effect(sandbox.OpPost))
					g.never(committed(state.KindReverted))
					g.isFile(g.holds(sandbox.Ready)[0], g.standsAt(state.Done))
				})
			})
		}
	}
}

func readyNotRecorded(t *testing.T) {
	inGap(t, sandbox.Options{Process: 10 * time.Second}, setup{}, func(g *gap) {
		g.file().dies(true, committed(state.KindReady))
		g.holds(sandbox.Ready)
		g.standsAt(state.Completed)
		g.lives().never(func(e event) bool { return !e.commit })
		g.isFile(g.holds(sandbox.Ready)[0], g.standsAt(state.Done))
	})
}

func revertedNotRetried(t *testing.T) {
	failing := sandbox.Fault{Fail: "cannot be decoded"}
	t.Run("NotRecorded", func(t *testing.T) {
		inGap(t, sandbox.Options{}, setup{}, func(g *gap) {
			g.faulty(sandbox.OpComplete, failing)
			g.file().dies(true, committed(state.KindReverted))
			g.holds(sandbox.Failed)
			g.standsAt(state.Uploaded)
			g.healthy()
			g.lives().order(committed(state.KindReverted), effect(sandbox.OpRetry), effect(sandbox.OpPost), committed(state.KindReady))
			g.isFile(g.holds(sandbox.Ready)[0], g.standsAt(state.Done))
		})
	})
	t.Run("Recorded", func(t *testing.T) {
		inGap(t, sandbox.Options{Process: 5 * time.Second}, setup{}, func(g *gap) {
			g.faulty(sandbox.OpComplete, failing)
			g.file().dies(false, committed(state.KindReverted))
			if a := g.holds(sandbox.Failed)[0]; a.Forms != 1 {
				t.Errorf("retry was asked before reserved was on disk: %d forms", a.Forms)
			}
			if it := g.standsAt(state.Reserved); it.Reverts != 1 {
				t.Errorf("%d reverts", it.Reverts)
			}
			g.healthy()
			g.lives().order(effect(sandbox.OpRetry), effect(sandbox.OpPost), committed(state.KindReady))
			g.isFile(g.holds(sandbox.Ready)[0], g.standsAt(state.Done))
		})
	})
}

func retriedNotSent(t *testing.T) {
	inGap(t, sandbox.Options{}, setup{}, func(g *gap) {
		g.faulty(sandbox.OpPost, sandbox.Fault{Latency: 10 * time.Second})
		g.file().dies(false, committed(state.KindReserved))
		g.faulty(sandbox.OpRetry, slow)
		g.dies(false, effect(sandbox.OpRetry))
		if a := g.holds(sandbox.Pending)[0]; a.Forms != 2 || len(a.Posts) != 0 {
			t.Errorf("%d forms, %d posts", a.Forms, len(a.Posts))
		}
		if it := g.standsAt(state.Reserved); it.Renewals != 1 {
			t.Errorf("%d renewals", it.Renewals)
		}
		g.healthy()
		g.lives().order(effect(sandbox.OpRetry), effect(sandbox.OpPost), committed(state.KindReady))
		a := g.holds(sandbox.Ready)[0]
		g.isFile(a, g.standsAt(state.Done))
		if a.Forms != 3 {
			t.Errorf("%d forms", a.Forms)
		}
	})
}

func attachedNotRecorded(t *testing.T) {
	for name, away := range map[string]time.Duration{"Soon": 0, "Later": 3 * time.Hour} {
		for lost, f := range map[string]sandbox.Fault{"Killed": {}, "AnswerLost": {Lost: true}} {
			t.Run(name+lost, func(t *testing.T) {
				inGap(t, sandbox.Options{}, setup{project: true}, func(g *gap) {
					g.faulty(sandbox.OpAttach, f)
					g.file().dies(false, effect(sandbox.OpAttach))
					if a := g.holds(sandbox.Ready)[0]; len(a.Nodes) != 1 {
						t.Errorf("nodes %+v", a.Nodes)
					}
					g.standsAt(state.Ready)
					g.healthy()
					time.Sleep(away)
					g.lives().never(effect(sandbox.OpAttach))
					it := g.standsAt(state.Done)
					if it.Project != project || it.AttachN != 0 {
						t.Errorf("attached to %q, count %d", it.Project, it.AttachN)
					}
					g.isFile(g.holds(sandbox.Ready)[0], it)
				})
			})
		}
	}
	t.Run("NotSentLater", func(t *testing.T) {
		inGap(t, sandbox.Options{}, setup{project: true}, func(g *gap) {
			g.file().dies(false, committed(state.KindReady))
			time.Sleep(3 * time.Hour)
			g.lives().order(committed(state.KindAttachAgain), effect(sandbox.OpAttach), committed(state.KindAttached))
			if it := g.standsAt(state.Done); it.AttachN != 1 {
				t.Errorf("count %d", it.AttachN)
			}
		})
	})
	// The list does not show a request that is still on its way: only its key tells that it was sent.
	t.Run("HeldUpLater", func(t *testing.T) {
		inGap(t, sandbox.Options{}, setup{project: true}, func(g *gap) {
			g.file().dies(false, committed(state.KindReady))
			time.Sleep(3 * time.Hour)
			g.first(sandbox.OpAttach, sandbox.Fault{Latency: 117 * time.Second, Late: true})
			g.lives()
			time.Sleep(5 * time.Minute) // it arrives
			if a := g.holds(sandbox.Ready)[0]; len(a.Nodes) != 1 {
				t.Errorf("nodes %+v", a.Nodes)
			}
			if it := g.standsAt(state.Done); it.AttachN != 1 {
				t.Errorf("count %d", it.AttachN)
			}
		})
	})
}

// picture is a URL that FLORA fetches.
const picture = "https://media.flora.ai/some/picture.png"

func intentNotSent(t *testing.T) {
	inGap(t, sandbox.Options{}, setup{}, func(g *gap) {
		g.dies(false, committed(state.KindIntent), picture)
		g.holds()
		if it := g.standsAt(state.Queued); it.IntentAt.IsZero() {
			t.Error("no intent")
		}
		g.lives().never(effect(sandbox.OpURL))
		g.holds()
		if it := g.row(); it.Halt != state.Failed || it.Reason != state.Ambiguous {
			t.Errorf("%v %v %s", it.Phase, it.Halt, it.Reason)
		}
	})
}

func createdNotRecorded(t *testing.T) {
	for name, f := range map[string]sandbox.Fault{"Killed": {}, "AnswerLost": {Lost: true}, "Processing": {Process: time.Minute}} {
		t.Run(name, func(t *testing.T) {
			inGap(t, sandbox.Options{}, setup{}, func(g *gap) {
				g.faulty(sandbox.OpURL, f)
				g.dies(false, effect(sandbox.OpURL), picture)
				if it := g.standsAt(state.Queued); it.IntentAt.IsZero() {
					t.Error("no intent")
				}
				if n := len(g.service.box.Assets()); n != 1 {
					t.Fatalf("%d assets", n)
				}
				g.healthy()
				g.lives().never(effect(sandbox.OpURL))
				if it := g.standsAt(state.Done); it.AssetID != g.holds(sandbox.Ready)[0].ID {
					t.Errorf("asset %s", it.AssetID)
				}
			})
		})
	}
}

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
