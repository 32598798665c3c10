package simulation

import (
	"net/http"
	"testing"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// Rule 4: once complete was sent, a 404 is no evidence that the bytes are missing. FLORA took the completion, its answer was lost with the life, and the
// next life's complete is answered with a 404, while the asset is there and still being processed.
func TestNotFoundOnCompleteMakesNoSecondAsset(t *testing.T) {
	t.Parallel()
	inGap(t, sandbox.Options{Process: time.Minute, Retry: sandbox.RetryExpired}, setup{}, func(g *gap) {
		g.file().dies(false, effect(sandbox.OpComplete))
		g.holds(sandbox.Pending)
		g.standsAt(state.Uploaded)
		g.service.mu.Lock()
		g.service.fault = func(_ int, c sandbox.Call) sandbox.Fault {
			if c.Op == sandbox.OpComplete && c.Attempt == 2 {
				return sandbox.Fault{Status: http.StatusNotFound}
			}
			return sandbox.Fault{}
		}
		g.service.mu.Unlock()
		g.lives().never(committed(state.KindReverted))
		g.never(effect(sandbox.OpCreate))
		g.isFile(g.holds(sandbox.Ready)[0], g.standsAt(state.Done))
	})
}
