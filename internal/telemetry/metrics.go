package telemetry

import (
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/florasync/florasync/state"
)

// Metrics counts what the observer is told and what FLORA answers, for Prometheus. It implements state.Observer. Labels are folder names, words of the
// machine and HTTP codes: no path, no id, nothing of a key. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry

	sent     *prometheus.CounterVec
	wasted   prometheus.Counter
	ready    *prometheus.CounterVec
	attempts *prometheus.CounterVec
	requests *prometheus.CounterVec
	steps    *prometheus.HistogramVec
	whole    prometheus.Histogram

	reloadWell prometheus.Gauge
	reloadAt   prometheus.Gauge
}

var _ state.Observer = (*Metrics)(nil)

// NewMetrics returns Metrics that say which version runs.
func NewMetrics(version string) *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		sent:     counter("florasync_uploaded_bytes_total", "Bytes of files that the storage took.", "root"),
		wasted: prometheus.NewCounter(prometheus.CounterOpts{Name: "florasync_wasted_bytes_total",
			Help: "Bytes of files that were sent and became nothing: uploads that broke off, and those that FLORA had to have again."}),
		ready:    counter("florasync_ready_files_total", "Files that became ready.", "root"),
		attempts: counter("florasync_attempts_total", "Steps of files that ended, by what they learned; class is empty when nothing was wrong.", "step", "class"),
		requests: counter("florasync_api_requests_total", "Requests to FLORA and its storage; code is \"none\" when no answer came.", "operation", "code"),
		steps: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "florasync_step_duration_seconds", Help: "How long a step of a file took.",
			Buckets: prometheus.ExponentialBuckets(0.01, 4, 9)}, []string{"step"}),
		whole: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "florasync_settled_to_ready_seconds", Help: "How long a settled file took until it was ready.",
			Buckets: prometheus.ExponentialBuckets(1, 4, 9)}),
	}
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	}
	m.reloadWell = gauge("florasync_config_last_reload_successful", "1 when the configuration was taken when it was last read, 0 when it was refused and nothing changed.")
	m.reloadAt = gauge("florasync_config_last_reload_success_timestamp_seconds", "When a configuration was last taken.")
	m.reloaded(time.Now())
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "florasync_build_info", Help: "1, with the version that runs.",
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()}})
	build.Set(1)
	m.registry.MustRegister(m.sent, m.wasted, m.ready, m.attempts, m.requests, m.steps, m.whole, m.reloadWell, m.reloadAt, build,
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collectors.NewGoCollector())
	return m
}

// Applied counts a transition.
func (m *Metrics) Applied(a state.Applied) {
	o := a.Change.Outcome
	if o.Kind() == 0 { // a new row
		return
	}
	class := ""
	if f := o.Fault(); f != nil {
		class = f.Class.String()
	}
	step := o.Kind().String()
	m.attempts.WithLabelValues(step, class).Inc()
	if took := o.Took(); took > 0 {
		m.steps.WithLabelValues(step).Observe(took.Seconds())
	}
	switch o.Kind() {
	case state.KindSent:
		m.sent.WithLabelValues(strings.ToValidUTF8(a.After.Root, "\uFFFD")).Add(float64(a.After.Sent))
	case state.KindReverted:
		m.wasted.Add(float64(a.Before.Sent))
	case state.KindReady, state.KindLinked, state.KindAdopted:
		m.ready.WithLabelValues(strings.ToValidUTF8(a.After.Root, "\uFFFD")).Inc()
		m.whole.Observe(max(0, a.After.ReadyAt.Sub(a.After.SeenAt)).Seconds())
	}
}

// Noticed notes how a reload ended. What other notices tell is in the gauges.
func (m *Metrics) Noticed(n state.Notice) {
	switch n.Event {
	case state.ConfigReloaded:
		m.reloaded(time.Now())
	case state.ConfigRefused:
		m.reloadWell.Set(0)
	}
}

func (m *Metrics) reloaded(at time.Time) {
	m.reloadWell.Set(1)
	m.reloadAt.Set(seconds(at))
}

// Requested counts a request: the operation's word, the status of the answer, 0 for none, and, of an upload that came to nothing, the bytes sent.
func (m *Metrics) Requested(operation string, status int, wasted int64) {
	code := "none"
	if status > 0 {
		code = strconv.Itoa(status)
	}
	m.requests.WithLabelValues(operation, code).Inc()
	m.wasted.Add(float64(wasted))
}

// seconds is a time as Prometheus has it; 0 for none.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

// Both tells two observers everything, one after the other.
func Both(first, second state.Observer) state.Observer { return both{first, second} }

type both [2]state.Observer

func (b both) Applied(a state.Applied) {
	b[0].Applied(a)
	b[1].Applied(a)
}

func (b both) Noticed(n state.Notice) {
	b[0].Noticed(n)
	b[1].Noticed(n)
}
