package daemon

import (
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/florasync/florasync/internal/config"
)

// TestConnectionsAreKeptForWhatAReloadMayAllow: upload.concurrency may be raised while florasync runs; what is in flight then must not dial anew for nearly
// every request.
func TestConnectionsAreKeptForWhatAReloadMayAllow(t *testing.T) {
	const flying = 8
	var dialed atomic.Int64
	var round atomic.Pointer[sync.WaitGroup]
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		all := round.Load()
		all.Done()
		all.Wait() // so each has a connection of its own
		http.NotFound(w, nil)
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			dialed.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	c, err := config.Load(config.Options{Env: []string{"HOME=" + t.TempDir(), "FLORA_API_KEY=sk_test", "FLORA_BASE_URL=" + server.URL + "/api/v1", "FLORASYNC_UPLOAD_CONCURRENCY=1"}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := wire(Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	for range 3 {
		var all, probes sync.WaitGroup
		all.Add(flying)
		round.Store(&all)
		for range flying {
			probes.Go(func() { _, _ = r.accounts[0].Client.Probe(t.Context()) }) // a 404 is an answer
		}
		probes.Wait()
	}
	if n := dialed.Load(); n != flying {
		t.Errorf("%d connections for %d at a time", n, flying)
	}
}
