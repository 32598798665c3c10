package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/internal/telemetry"
	"github.com/florasync/florasync/watcher"
)

// ServeHealth answers /livez, /readyz and /metrics on the listener until ctx ends. It is read only and has no secrets: counts, folder names and
// reasons.
func (d *Daemon) ServeHealth(ctx context.Context, l net.Listener) error {
	server := &http.Server{Handler: hostGuard(d.health(), d.o.Config.Server.HostNames()), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second}
	closed := make(chan struct{})
	go func() { // owned by ServeHealth, which waits for it
		defer close(closed)
		<-ctx.Done()
		server.Close()
	}()
	err := server.Serve(l)
	if errors.Is(err, http.ErrServerClosed) && ctx.Err() != nil {
		<-closed
		return nil
	}
	return err
}

func (d *Daemon) health() http.Handler {
	s := d.Service()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, r *http.Request) {
		if _, err := s.Status(r.Context()); err != nil {
			http.Error(w, "the record does not answer", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "ok\n") // whoever asked may have gone
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { writeReady(w, r, s) })
	if d.o.Metrics != nil {
		mux.Handle("GET /metrics", d.o.Metrics.Handler(func(ctx context.Context) (telemetry.Gauges, error) {
			v, err := s.Status(ctx)
			return gauges(v), err
		}))
	}
	return mux
}

// writeReady answers 200 when nothing stops work, else 503, with each reason as status --json has it.
func writeReady(w http.ResponseWriter, r *http.Request, s control.Service) {
	v, err := s.Status(r.Context())
	if err != nil {
		http.Error(w, "the record does not answer", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if len(v.Reasons) > 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(struct { // whoever asked may have gone
		Ready   bool             `json:"ready"`
		Reasons []control.Reason `json:"reasons"`
	}{len(v.Reasons) == 0, v.Reasons})
}

// gauges are a status as metrics show it.
func gauges(v control.Status) telemetry.Gauges {
	g := telemetry.Gauges{Blocked: make(map[string]bool), Requests: v.Uploader.Requests, Record: v.Record.Bytes}
	for _, r := range v.Reasons {
		g.Blocked[r.Code] = true
	}
	for _, r := range v.Roots {
		g.Roots = append(g.Roots, telemetry.RootGauges{
			RootCounts: telemetry.RootCounts{Root: r.Name, Waiting: r.Waiting, Active: r.Active, Ready: r.Ready, Failed: r.Failed, Settling: r.Settling},
			Skipped:    r.Skipped, Growing: r.Growing, Blocked: r.Blocked, NotTaken: r.NotTaken, Missed: r.MissedByEvents, Overflows: r.Overflows,
			Degraded: r.State == string(watcher.Degraded), SeenAt: r.LastSeenAt.Time, ReadyAt: r.LastReadyAt.Time, WaitingAt: r.OldestWaitingAt.Time,
		})
	}
	return g
}
