package sandbox

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// faults is a parsed --faults text.
type faults struct {
	text       string
	seed       uint64 // 0 = as in Options
	shares     []share
	latency    time.Duration
	form       time.Duration // 0 = as in Options; expire=0s is one nanosecond
	process    time.Duration // -1 = as in Options
	rateN      int           // -1 = as in Options
	rateWindow time.Duration
	retryAfter time.Duration // 0 = default, -1 = no header
}

// share is one fault drawn by chance.
type share struct {
	op   Op // "" = every operation that the fault fits
	name string
	p    float64
}

// shareNames are the faults that take a share between 0 and 1, beside the status codes 400…599.
var shareNames = []string{
	"lost", "drop", "error", "error_after", "5xx", "hang",
	"storage_lost", "storage_drop", "storage_5xx", "storage_after", "storage_hang", "cut", "fail",
}

// SetFaults replaces all faults by those of the text, whose grammar the package comment gives. Empty: none.
func (s *Server) SetFaults(text string) error {
	f, err := parseFaults(text)
	if err != nil {
		return err
	}
	if f.seed == 0 {
		f.seed = max(s.opts.Seed, 1)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
	return nil
}

// Faults returns the text of the faults in force.
func (s *Server) Faults() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faults.text
}

func parseFaults(text string) (faults, error) {
	f := faults{process: -1, rateN: -1}
	var kept []string
	for item := range strings.SplitSeq(text, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		name, value, ok := strings.Cut(item, "=")
		if !ok {
			return f, fmt.Errorf("fault %q: want name=value", item)
		}
		if err := f.set(strings.TrimSpace(name), strings.TrimSpace(value)); err != nil {
			return f, fmt.Errorf("fault %q: %w", item, err)
		}
		kept = append(kept, item)
	}
	f.text = strings.Join(kept, ",")
	return f, nil
}

func (f *faults) set(name, value string) (err error) {
	switch name {
	case "seed":
		f.seed, err = strconv.ParseUint(value, 10, 64)
	case "latency":
		f.latency, err = parseWait(value)
	case "process":
		f.process, err = parseWait(value)
	case "expire":
		f.form, err = parseWait(value)
		f.form = max(f.form, 1)
	case "rate":
		err = f.setRate(value)
	case "retry_after":
		if value == "none" {
			f.retryAfter = -1
			return nil
		}
		f.retryAfter, err = parseWait(value)
	default:
		err = f.addShare(name, value)
	}
	return err
}

func (f *faults) setRate(value string) error {
	n, window, ok := strings.Cut(value, "/")
	if !ok {
		return fmt.Errorf("want N/DURATION, as 60/1m")
	}
	count, err := strconv.Atoi(n)
	if err != nil || count < 0 {
		return fmt.Errorf("want a count, not %q", n)
	}
	f.rateN = count
	f.rateWindow, err = parseWait(window)
	return err
}

func (f *faults) addShare(name, value string) error {
	p, err := strconv.ParseFloat(value, 64)
	if err != nil || !(p >= 0 && p <= 1) {
		return fmt.Errorf("want a share between 0 and 1, not %q", value)
	}
	sh := share{name: name, p: p}
	if op, rest, ok := strings.Cut(name, "."); ok {
		if !slices.Contains(operations, Op(op)) {
			return fmt.Errorf("no operation %q: want one of %v", op, operations)
		}
		sh.op, sh.name = Op(op), rest
	}
	if statusFault(sh.name) == 0 && !slices.Contains(shareNames, sh.name) {
		return fmt.Errorf("no such fault: want one of %s, a status 400…599, latency, expire, process, rate, retry_after, seed",
			strings.Join(shareNames, ", "))
	}
	f.shares = append(f.shares, sh)
	return nil
}

// statusFault returns the status that a fault's name is, or 0.
func statusFault(name string) int {
	code, err := strconv.Atoi(name)
	if err != nil || code < 400 || code > 599 {
		return 0
	}
	return code
}

func parseWait(value string) (time.Duration, error) {
	d, err := time.ParseDuration(value)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("want a duration as 300ms or 3s, not %q", value)
	}
	return d, nil
}
