package daemon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/state"
)

// ServeHealth answers /livez, /readyz and /metrics on the listener until ctx ends. It is read only and has no secrets: counts, folder names and
// reasons.
func (d *Daemon) ServeHealth(ctx context.Context, l net.Listener) error {
	server := &http.Server{Handler: healthHandler(d.Service()), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second}
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

func healthHandler(s control.Service) http.Handler {
	mux := http.NewServeMux()
	answer := func(path, kind string, write func(control.Status, *bytes.Buffer) int) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			v, err := s.Status(r.Context())
			if err != nil {
				http.Error(w, "the record does not answer", http.StatusServiceUnavailable)
				return
			}
			var b bytes.Buffer
			code := write(v, &b)
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(code)
			_, _ = w.Write(b.Bytes()) // whoever asked may have gone
		})
	}
	const plain = "text/plain; charset=utf-8"
	answer("/livez", plain, func(_ control.Status, b *bytes.Buffer) int { b.WriteString("ok\n"); return http.StatusOK })
	answer("/readyz", plain, writeReady)
	answer("/metrics", "text/plain; version=0.0.4; charset=utf-8", writeMetrics)
	return mux
}

// writeReady says ok, or each reason that stops work.
func writeReady(v control.Status, b *bytes.Buffer) int {
	for _, r := range v.Reasons {
		fmt.Fprintf(b, "%s: %s\n", r.Code, r.Message)
	}
	if len(v.Reasons) > 0 {
		return http.StatusServiceUnavailable
	}
	b.WriteString("ok\n")
	return http.StatusOK
}

// writeMetrics writes Prometheus's text format, version 0.0.4. Every reason has a series, so that an alert on one never meets a missing series.
func writeMetrics(v control.Status, b *bytes.Buffer) int {
	head := func(name, kind, help string) { fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind) }
	head("florasync_files", "gauge", "Settled versions of files by folder and state.")
	for _, r := range v.Roots {
		for _, c := range []struct {
			state string
			n     int64
		}{{"waiting", r.Waiting}, {"active", r.Active}, {"ready", r.Ready}, {"failed", r.Failed}, {"skipped", r.Skipped}} {
			fmt.Fprintf(b, "florasync_files{root=%s,state=%q} %d\n", label(r.Name), c.state, c.n)
		}
	}
	head("florasync_pending_files", "gauge", "Files that are no versions yet: settling, growing, or not readable.")
	for _, r := range v.Roots {
		fmt.Fprintf(b, "florasync_pending_files{root=%[1]s,state=\"settling\"} %[2]d\nflorasync_pending_files{root=%[1]s,state=\"growing\"} %[3]d\n"+
			"florasync_pending_files{root=%[1]s,state=\"blocked\"} %[4]d\n", label(r.Name), r.Settling, r.Growing, r.Blocked)
	}
	head("florasync_last_ready_timestamp_seconds", "gauge", "When a file of the folder was last ready; 0: never.")
	for _, r := range v.Roots {
		seconds := int64(0)
		if !r.LastReadyAt.IsZero() {
			seconds = r.LastReadyAt.Unix()
		}
		fmt.Fprintf(b, "florasync_last_ready_timestamp_seconds{root=%s} %d\n", label(r.Name), seconds)
	}
	head("florasync_blocked", "gauge", "1 for each reason that stops work.")
	blocked := map[string]int{}
	for _, r := range v.Reasons {
		blocked[r.Code] = 1
	}
	for _, reason := range state.BlockedReasons {
		fmt.Fprintf(b, "florasync_blocked{reason=%q} %d\n", string(reason), blocked[string(reason)])
	}
	head("florasync_requests_in_flight", "gauge", "Requests in flight.")
	fmt.Fprintf(b, "florasync_requests_in_flight %d\n", v.Uploader.Requests)
	head("florasync_record_bytes", "gauge", "Size of the record.")
	fmt.Fprintf(b, "florasync_record_bytes %d\n", v.Record.Bytes)
	return http.StatusOK
}

// label quotes a label's value as the text format wants it: backslash, quote and newline are escaped, UTF-8 stays.
func label(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(strings.ToValidUTF8(text, "\uFFFD")) + `"`
}
