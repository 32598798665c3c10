package simulation

import (
	"testing"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

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
