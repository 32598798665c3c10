package telemetry

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/florasync/florasync/state"
)

// Gauges is how things stand when Prometheus asks.
type Gauges struct {
	Roots    []RootGauges
	Blocked  map[string]bool // by the words of state.BlockedReasons
	Requests int             // in flight
	Record   int64           // bytes
}

// RootGauges is how one folder stands.
type RootGauges struct {
	RootCounts
	Skipped, Growing, Blocked, NotTaken int64
	Missed, Overflows                   int64 // since the start
	Degraded                            bool  // part of it is polled
	// SeenAt and ReadyAt are when a file was last enqueued and last ready, WaitingAt since when the longest waiting one waits; zero for never.
	SeenAt, ReadyAt, WaitingAt time.Time
}

// Handler answers with everything in the format that was asked for. now is asked at each scrape; when it fails the scrape does.
func (m *Metrics) Handler(now func(context.Context) (Gauges, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g, err := now(r.Context())
		if err != nil {
			http.Error(w, "the record does not answer", http.StatusServiceUnavailable)
			return
		}
		moment := prometheus.NewRegistry()
		moment.MustRegister(snapshot(g))
		promhttp.HandlerFor(prometheus.Gatherers{m.registry, moment}, promhttp.HandlerOpts{}).ServeHTTP(w, r)
	})
}

// snapshot shows Gauges as constant metrics.
type snapshot Gauges

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("florasync_"+name, help, labels, nil)
}

var (
	descFiles     = desc("files", "Settled versions of files by folder and state.", "root", "state")
	descPending   = desc("pending_files", "Files that are no versions yet: settling, growing, or not readable.", "root", "state")
	descNotTaken  = desc("not_taken_files", "Files that the rules do not want.", "root")
	descMissed    = desc("missed_by_events_total", "Files that only a comparison found, since the start.", "root")
	descOverflows = desc("watch_overflows_total", "Times that events were lost and everything was looked at, since the start.", "root")
	descDegraded  = desc("watch_degraded", "1 when part of the folder is polled, because the limit of watches is reached.", "root")
	descSeen      = desc("last_seen_timestamp_seconds", "When a file of the folder was last enqueued; 0: never.", "root")
	descReady     = desc("last_ready_timestamp_seconds", "When a file of the folder was last ready; 0: never.", "root")
	descOldest    = desc("oldest_waiting_timestamp_seconds", "Since when the longest waiting file of the folder waits; 0: none does.", "root")
	descBlocked   = desc("blocked", "1 for each reason that stops work.", "reason")
	descRequests  = desc("requests_in_flight", "Requests in flight.")
	descRecord    = desc("record_bytes", "Size of the record.")
)

// Describe names what Collect sends.
func (s snapshot) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(s, out) }

// Collect sends the values. Every reason has a series, so that an alert on one never meets a missing series.
func (s snapshot) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v int64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	for _, r := range s.Roots {
		root := strings.ToValidUTF8(r.Root, "\uFFFD")
		for word, n := range map[string]int64{"waiting": r.Waiting, "active": r.Active, "ready": r.Ready, "failed": r.Failed, "skipped": r.Skipped} {
			gauge(descFiles, float64(n), root, word)
		}
		for word, n := range map[string]int64{"settling": r.Settling, "growing": r.Growing, "blocked": r.Blocked} {
			gauge(descPending, float64(n), root, word)
		}
		gauge(descNotTaken, float64(r.NotTaken), root)
		counter(descMissed, r.Missed, root)
		counter(descOverflows, r.Overflows, root)
		gauge(descDegraded, number(r.Degraded), root)
		gauge(descSeen, seconds(r.SeenAt), root)
		gauge(descReady, seconds(r.ReadyAt), root)
		gauge(descOldest, seconds(r.WaitingAt), root)
	}
	for _, reason := range state.BlockedReasons {
		gauge(descBlocked, number(s.Blocked[string(reason)]), string(reason))
	}
	gauge(descRequests, float64(s.Requests))
	gauge(descRecord, float64(s.Record))
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
