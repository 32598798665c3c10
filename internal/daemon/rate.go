package daemon

import (
	"context"
	"sync"
	"time"
)

// rate is how fast bytes have been going out lately.
type rate struct {
	mu     sync.Mutex
	latest float64 // bytes a second
}

// rateWindow smooths the rate: what a person watching a status line can follow.
const rateWindow = 5 * time.Second

// run keeps the rate until ctx ends. moved counts bytes since the start.
func (r *rate) run(ctx context.Context, moved func() int64) {
	const step = time.Second
	tick := time.NewTicker(step)
	defer tick.Stop()
	last := moved()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := moved()
		weight := float64(step) / float64(rateWindow)
		r.mu.Lock()
		r.latest += weight * (float64(now-last)/step.Seconds() - r.latest)
		if r.latest < 1 {
			r.latest = 0
		}
		r.mu.Unlock()
		last = now
	}
}

func (r *rate) bytesPerSecond() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return int64(r.latest)
}
