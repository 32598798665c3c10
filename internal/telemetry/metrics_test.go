package telemetry

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/florasync/florasync/state"
)

// scrape returns what Prometheus would read.
func scrape(t *testing.T, m *Metrics, g Gauges, err error) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler(func(context.Context) (Gauges, error) { return g, err }).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	body, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(body)
}

func TestMetricsCountTransitions(t *testing.T) {
	m := NewMetrics("1.2.3")
	seen := time.Unix(1_700_000_000, 0)
	row := state.Item{ID: 1, Root: "inbox", Path: "a.png", SeenAt: seen}
	apply := func(o state.Outcome, change func(*state.Item)) {
		before := row
		if change != nil {
			change(&row)
		}
		m.Applied(state.Applied{Before: before, After: row, Change: state.Change{ID: 1, At: seen, Outcome: o.By("req_1", 250*time.Millisecond)}})
	}
	m.Applied(state.Applied{After: row}) // born: no step
	apply(state.Later(seen, &state.Fault{Class: state.Passing}), nil)
	apply(state.Sent([32]byte{1}, 700), func(it *state.Item) { it.Sent = 700 })
	apply(state.Reverted(&state.Fault{Class: state.Passing}), nil)
	apply(state.Sent([32]byte{1}, 700), nil)
	apply(state.IsReady("https://x/y", seen.Add(20*time.Second), true, state.Work{}), func(it *state.Item) { it.ReadyAt = seen.Add(20 * time.Second) })
	m.Requested("upload", 0, 300)
	m.Requested("complete", 429, 0)
	_, text := scrape(t, m, Gauges{}, nil)
	for _, want := range []string{
		`florasync_uploaded_bytes_total{root="inbox"} 1400`,
		`florasync_wasted_bytes_total 1000`,
		`florasync_ready_files_total{root="inbox"} 1`,
		`florasync_attempts_total{class="passing",step="later"} 1`,
		`florasync_attempts_total{class="",step="sent"} 2`,
		`florasync_step_duration_seconds_sum{step="sent"} 0.5`,
		`florasync_settled_to_ready_seconds_sum 20`,
		`florasync_api_requests_total{code="none",operation="upload"} 1`,
		`florasync_api_requests_total{code="429",operation="complete"} 1`,
		`florasync_build_info{`, `version="1.2.3"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

func TestMetricsShowHowThingsStand(t *testing.T) {
	m := NewMetrics("dev")
	at := time.Unix(1_700_000_000, 500_000_000)
	g := Gauges{Blocked: map[string]bool{"throttled": true}, Requests: 3, Record: 4096, Roots: []RootGauges{{
		RootCounts: RootCounts{Root: "in\xffbox \"x\"", Waiting: 1, Active: 2, Ready: 3, Failed: 4, Settling: 6}, Skipped: 5, Growing: 7, Blocked: 8, NotTaken: 9,
		Missed: 10, Overflows: 11, Degraded: true, SeenAt: at, WaitingAt: at}}}
	code, text := scrape(t, m, g, nil)
	if code != http.StatusOK {
		t.Fatalf("%d: %s", code, text)
	}
	const root = `root="in` + "\uFFFD" + `box \"x\""`
	for _, want := range []string{
		`florasync_files{` + root + `,state="waiting"} 1`, `florasync_files{` + root + `,state="skipped"} 5`, `florasync_pending_files{` + root + `,state="growing"} 7`,
		`florasync_not_taken_files{` + root + `} 9`, `florasync_missed_by_events_total{` + root + `} 10`, `florasync_watch_overflows_total{` + root + `} 11`,
		`florasync_watch_degraded{` + root + `} 1`, `florasync_last_seen_timestamp_seconds{` + root + `} 1.7000000005e+09`,
		`florasync_last_ready_timestamp_seconds{` + root + `} 0`, `florasync_blocked{reason="throttled"} 1`, `florasync_requests_in_flight 3`,
		`florasync_record_bytes 4096`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	for _, r := range state.BlockedReasons {
		if !strings.Contains(text, `florasync_blocked{reason="`+string(r)+`"}`) {
			t.Errorf("no series for %s", r)
		}
	}
	if code, _ := scrape(t, m, Gauges{}, errors.New("closed")); code != http.StatusServiceUnavailable {
		t.Errorf("a record that does not answer: %d", code)
	}
}

// TestMetricsHaveGoodNames has Prometheus's own linter read them.
func TestMetricsHaveGoodNames(t *testing.T) {
	m := NewMetrics("dev")
	m.Requested("probe", 404, 0)
	m.Applied(state.Applied{After: state.Item{Root: "inbox"}, Change: state.Change{Outcome: state.Sent([32]byte{}, 1).By("", time.Second)}})
	m.registry.MustRegister(snapshot{Roots: []RootGauges{{RootCounts: RootCounts{Root: "inbox"}}}})
	problems, err := testutil.GatherAndLint(m.registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}
