package daemon_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/state"
)

type nobody struct{}

func (nobody) Applied(state.Applied) {}
func (nobody) Noticed(state.Notice)  {}

// TestReadyWhenTheFoldersAreWatched: the service manager is told that start-up is over when each folder was looked at, and not before.
func TestReadyWhenTheFoldersAreWatched(t *testing.T) {
	inbox, dir := t.TempDir(), t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c, err := config.Load(config.Options{Flags: map[string]string{"state-dir": dir}, Watch: &config.Watched{Path: inbox, Workspace: "ws_a"},
			Env: []string{"FLORA_BASE_URL=http://127.0.0.1:1/api/v1"}})
		if err != nil {
			t.Fatal(err)
		}
		d, err := daemon.Open(t.Context(), daemon.Options{Config: c, Observer: nobody{}, NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, ready := d.StatusLine(t.Context()); ready {
			t.Error("ready before anything was looked at")
		}
		claim, stop := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- d.Run(claim, t.Context()) }()
		time.Sleep(time.Second) // of fake time
		if text, ready := d.StatusLine(t.Context()); !ready {
			t.Errorf("not ready: %s", text)
		}
		stop()
		if err := <-ran; err != nil {
			t.Error(err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
}
