package flora

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter keeps a nonsensical Retry-After from parking work for years.
const maxRetryAfter = 24 * time.Hour

// Meta is what every answer carries beside its body.
type Meta struct {
	Status     int
	RequestID  string    // of request-id (or x-request-id); "" when absent
	Date       time.Time // server time; zero when absent or unreadable
	ReceivedAt time.Time // when its header had arrived, on this machine's clock, monotonic
}

func newMeta(resp *http.Response, red redactor) Meta {
	m := Meta{Status: resp.StatusCode, ReceivedAt: time.Now()}
	for _, name := range []string{"Request-Id", "X-Request-Id", "X-Guploader-Uploadid", "X-Ik-Requestid"} {
		if v := resp.Header.Get(name); v != "" {
			m.RequestID = harmless(red.text(v), 128)
			break
		}
	}
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		m.Date = at
	}
	return m
}

// retryAfter reads retry-after-ms, else Retry-After in seconds or as an HTTP date (RFC 9110, 10.2.3), which is relative to the
// answer's own Date: the two clocks need not agree.
func retryAfter(h http.Header, m Meta) (time.Duration, bool) {
	if ms, ok := parseDelay(h.Get("Retry-After-Ms"), time.Millisecond); ok {
		return ms, true
	}
	v := strings.TrimSpace(h.Get("Retry-After"))
	if s, ok := parseDelay(v, time.Second); ok {
		return s, true
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0, false
	}
	from := m.Date
	if from.IsZero() {
		from = m.ReceivedAt
	}
	return min(max(at.Sub(from), 0), maxRetryAfter), true
}

func parseDelay(s string, unit time.Duration) (time.Duration, bool) {
	n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(n) {
		return 0, false
	}
	d := n * float64(unit)
	if d >= float64(maxRetryAfter) {
		return maxRetryAfter, true
	}
	return time.Duration(max(d, 0)), true
}

func shouldRetry(h http.Header) *bool {
	b, err := strconv.ParseBool(strings.TrimSpace(h.Get("X-Should-Retry")))
	if err != nil {
		return nil
	}
	return &b
}
