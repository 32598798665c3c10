package simulation

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// `florasync upload FILE` of a file that waits already, in a folder that is not worked on: the record has nothing new to tell the uploader, which has looked
// and found nothing. That the folder is worked on from now on wakes it.
func TestUploadByHandOfAFileThatWaited(t *testing.T) {
	t.Parallel()
	inGap(t, sandbox.Options{}, setup{}, func(g *gap) {
		g.file().dies(false, enqueued)
		g.standsAt(state.Queued)
		l := g.newLife(nil)
		g.net.mend()
		g.now.Store(l)
		d, err := daemon.Open(context.Background(), daemon.Options{Config: g.config, Version: "simulated", Observer: l, Dial: g.net.dial, NoSync: true,
			Jitter: g.jitter, HandOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		ran := make(chan error, 1)
		go func() { ran <- d.Run(l.claim, l.work) }()
		g.service.still() // the uploader has looked
		time.Sleep(time.Hour)
		if g.service.still(); len(g.service.called()) > 0 {
			t.Errorf("a folder that nobody named is worked on: %v", g.service.called())
		}
		inputs := []string{state.Path(filepath.Join(g.dir, g.name)).Text()}
		if _, err := d.Service().Upload(context.Background(), control.Upload{Inputs: inputs}); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		g.service.still()
		l.stopClaim()
		if err := <-ran; err != nil {
			t.Error(err)
		}
		l.over()
		close(l.thaw)
		l.stopWork()
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		g.service.still()
		g.standsAt(state.Done)
		g.holds("ready")
	})
}
