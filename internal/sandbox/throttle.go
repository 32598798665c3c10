package sandbox

import (
	"net/http"
	"strconv"
	"time"
)

// window is the rate limit of one workspace.
type window struct {
	start time.Time
	n     int

	toldAt time.Time // when the last 429 was sent …
	until  time.Time // … and until when it asked to wait; zero without a Retry-After
}

// throttle counts c against its workspace. A request that names no workspace, or an unknown asset, has none.
func (s *Server) throttle(c *call, h http.Header) *apiError {
	if c.workspace == "" {
		return nil
	}
	s.mu.Lock()
	win := s.windowOf(c.workspace)
	if c.start.After(win.toldAt.Add(ThrottleGrace)) && c.start.Before(win.until) {
		s.violateLocked(c, Throttled, win.until.Sub(c.start).String()+" too early")
	}
	limit, size := s.opts.RateN, s.opts.RateWindow
	if s.faults.rateN >= 0 {
		limit, size = s.faults.rateN, s.faults.rateWindow
	}
	now := time.Now()
	if now.Sub(win.start) >= size {
		win.start, win.n = now, 0
	}
	win.n++
	over := limit > 0 && win.n > limit
	left := size - now.Sub(win.start)
	s.mu.Unlock()
	if over {
		return s.tooMany(c, h, left)
	}
	return nil
}

// windowOf returns the window of a workspace. The caller holds mu.
func (s *Server) windowOf(workspace string) *window {
	win := s.windows[workspace]
	if win == nil {
		win = &window{}
		s.windows[workspace] = win
	}
	return win
}

// tooMany makes a 429 that asks to wait for left, or for the time set by retry_after, in whole seconds.
func (s *Server) tooMany(c *call, h http.Header, left time.Duration) *apiError {
	e := &apiError{status: http.StatusTooManyRequests, Code: "rate_limited", Message: "Too many requests."}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.faults.retryAfter != 0 && c.fault.RetryAfter == 0 {
		left = s.faults.retryAfter
	}
	if left == 0 {
		left = DefaultRetryAfter
	}
	if s.opts.NoRetryAfter || left < 0 {
		return e
	}
	seconds := max(1, int64((left+time.Second-1)/time.Second))
	until := now.Add(time.Duration(seconds) * time.Second)
	if s.opts.RetryAfterDate {
		until = until.Truncate(time.Second)
		h.Set("Retry-After", until.UTC().Format(http.TimeFormat))
	} else {
		h.Set("Retry-After", strconv.FormatInt(seconds, 10))
	}
	if c.workspace != "" {
		win := s.windowOf(c.workspace)
		win.toldAt, win.until = now, until
	}
	return e
}
