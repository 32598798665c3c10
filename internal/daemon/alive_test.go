package daemon_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/state"
)

// silent is told everything and says nothing.
type silent struct{}

func (silent) Applied(state.Applied) {}
func (silent) Noticed(state.Notice)  {}

// TestAliveNamesWhatHangs: a daemon whose uploader does not come round is not alive; one that runs is, and one that drains is nobody's business.
func TestAliveNamesWhatHangs(t *testing.T) {
	c, err := config.Load(config.Options{Env: []string{"HOME=" + t.TempDir(), "FLORA_API_KEY=sk_test", "FLORA_BASE_URL=http://127.0.0.1:1/api/v1"},
		Watch: &config.Watched{Path: t.TempDir(), Workspace: "ws_a"}})
	if err != nil {
		t.Fatal(err)
	}
	d, err := daemon.Open(t.Context(), daemon.Options{Config: c, Observer: silent{}, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	soon, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := d.Alive(soon); err == nil || !strings.Contains(err.Error(), "uploader") {
		t.Errorf("before it runs: %v", err)
	}
	claim, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(claim, t.Context()) }()
	late, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := d.Alive(late); err != nil {
		t.Errorf("while it runs: %v", err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := d.Alive(late); err != nil {
		t.Errorf("after its stop began: %v", err)
	}
}
