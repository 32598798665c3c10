package uploader_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/uploader/flora"
)

// TestProcessingIsLookedAtSlowerAndSlower: and is never replaced.
func TestProcessingIsLookedAtSlowerAndSlower(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{Process: 20 * time.Hour})
		defer b.stop()
		id := b.write("1.png", png, 1000)
		b.run(21 * time.Hour)
		b.stands(id, ends)
		if n := b.sent.count(time.Time{}, flora.OpRetrieve); n > 300 {
			t.Errorf("looked %d times in 20 hours", n)
		}
		b.promises()
	})
}
