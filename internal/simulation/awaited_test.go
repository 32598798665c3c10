package simulation

import (
	"fmt"
	"os"
	"testing"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// TestReadyIsOnDiskBeforeTheSourceIsTouched: a life that dies with the commit of ready has not moved or deleted anything, and is on no canvas.
func TestReadyIsOnDiskBeforeTheSourceIsTouched(t *testing.T) {
	for _, after := range []string{"move", "delete"} {
		t.Run(after, func(t *testing.T) {
			inGap(t, sandbox.Options{}, setup{after: after}, func(g *gap) {
				g.file().dies(true, committed(state.KindReady))
				g.holds(sandbox.Ready)
				if _, err := os.Stat(g.path(g.name)); err != nil {
					t.Errorf("the record does not say ready, and the source is gone: %v", err)
				}
				g.lives()
			})
		})
	}
}

// TestIntentIsOnDiskBeforeTheRequest: a life that dies with the commit of its intent has asked FLORA for nothing. Whether a request that did not wait for
// the commit overtakes it is chance, so it is tried often.
func TestIntentIsOnDiskBeforeTheRequest(t *testing.T) {
	for i := range 25 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			inGap(t, sandbox.Options{}, setup{}, func(g *gap) {
				g.dies(true, committed(state.KindIntent), picture)
				g.holds()
			})
		})
	}
}
