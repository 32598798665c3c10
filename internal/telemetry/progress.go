package telemetry

import (
	"context"
	"fmt"
	"time"

	"github.com/florasync/florasync/state"
)

// ProgressInterval is how often daemon.progress is told while there is work.
const ProgressInterval = time.Minute

// quietInterval is how often roots are looked at for having nothing left.
const quietInterval = 2 * time.Second

// RootCounts is where a root stands.
type RootCounts struct {
	Root                           string
	Waiting, Active, Ready, Failed int64
	Settling                       int64 // files that may become rows soon
	Away                           bool  // the folder is not there: what it has left nobody knows
}

func (c RootCounts) left() int64 { return c.Waiting + c.Active + c.Settling }

// Progress tells how the work goes on: a line a minute while there is work, and one when a root has nothing left. It is silent while idle, and while work
// waits for something that has a line of its own: a pause, a folder or FLORA that is away, a file that somebody holds open for days.
type Progress struct {
	out    *Telemetry
	counts func() []RootCounts

	busy map[string]int64 // roots with work, and what was ready when it began
	seen map[string]int64 // what was ready or failed at the last look

	last time.Time  // when progress was told, or work began
	then RootCounts // the sums of all roots, then
	sent int64      // then
}

// NewProgress returns a Progress over the counts of all roots, which must not block.
func NewProgress(out *Telemetry, counts func() []RootCounts) *Progress {
	return &Progress{out: out, counts: counts, busy: map[string]int64{}, seen: map[string]int64{}}
}

// Run looks until the context ends. Its caller owns the goroutine.
func (p *Progress) Run(ctx context.Context) {
	p.begin()
	t := time.NewTicker(quietInterval)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			p.step(time.Now())
		}
	}
}

// begin notes what was done before: only what comes later is progress.
func (p *Progress) begin() {
	p.sent, p.last = p.out.sent.Load(), time.Now()
	for _, c := range p.counts() {
		p.seen[c.Root] = c.Ready + c.Failed
		p.then.Ready += c.Ready
		if c.left() > 0 {
			p.busy[c.Root] = c.Ready
		}
	}
}

func (p *Progress) step(now time.Time) {
	idle := len(p.busy) == 0
	var sum RootCounts
	for _, c := range p.counts() {
		p.root(c)
		sum.Waiting += c.Waiting
		sum.Active += c.Active
		sum.Ready += c.Ready
		sum.Failed += c.Failed
		sum.Settling += c.Settling
	}
	switch {
	case len(p.busy) == 0 || idle: // nothing under way, or it began only now: a minute counts from here
		p.last, p.then, p.sent = now, sum, p.out.sent.Load()
	case now.Sub(p.last) < ProgressInterval:
	case sum == p.then && sum.Active == 0 && p.out.sent.Load() == p.sent: // it waits
		p.last = now
	default:
		p.tell(sum, now)
	}
}

// root notes whether a root has work, and tells when it has none left.
func (p *Progress) root(c RootCounts) {
	if c.Away {
		return
	}
	before, known := p.seen[c.Root]
	finished := c.Ready + c.Failed
	p.seen[c.Root] = finished
	since, busy := p.busy[c.Root]
	switch {
	case c.left() > 0 && !busy:
		p.busy[c.Root] = c.Ready
	case c.left() == 0 && busy:
		delete(p.busy, c.Root)
		p.out.Noticed(state.Notice{Event: state.RootQuiet, Root: c.Root, N: max(0, c.Ready-since)})
	case c.left() == 0 && known && finished > before: // it came and went between two looks
		p.out.Noticed(state.Notice{Event: state.RootQuiet, Root: c.Root, N: finished - before})
	}
}

func (p *Progress) tell(sum RootCounts, now time.Time) {
	sent := p.out.sent.Load()
	took := now.Sub(p.last)
	p.out.Noticed(state.Notice{Event: state.DaemonProgress, Took: took, N: sum.Ready - p.then.Ready, Counts: map[string]int64{
		"ready": sum.Ready, "waiting": sum.Waiting, "active": sum.Active, "failed": sum.Failed, "settling": sum.Settling,
		"bytes": sent - p.sent, "bytes_per_second": int64(float64(sent-p.sent) / took.Seconds()),
	}})
	p.last, p.then, p.sent = now, sum, sent
}

// progressText is the sentence of daemon.progress.
func progressText(l line) string {
	c := l.counts
	s := fmt.Sprintf("%s files ready in %s, %s (%s/s); %s waiting", grouped(l.n), l.took.Round(time.Second), bytesText(c["bytes"]),
		bytesText(c["bytes_per_second"]), grouped(c["waiting"]+c["active"]))
	if c["failed"] > 0 {
		s += ", " + grouped(c["failed"]) + " failed"
	}
	return s
}
