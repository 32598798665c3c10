package simulation

import (
	"testing"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

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
