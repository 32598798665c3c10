package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

const waitingName = "waiting"

// depth is what the record takes for a file while so many wait.
type depth struct {
	Waiting      int     `json:"waiting"`
	Microseconds float64 `json:"microseconds_per_file"` // claim, reserved, uploaded and done, by one worker, without waiting for the disk
}

// served is how many files are worked on at each depth, and claimed how many are handed out at once.
const (
	served  = 5000
	claimed = 20
)

// waiting measures the cost of a file in the record against the number of those that wait. What is served is enqueued again, so that the number stays.
func waiting(ctx context.Context, s settings, progress io.Writer) ([]depth, error) {
	var depths []depth
	for _, n := range []int{1000, 10_000, 100_000, 1_000_000} {
		n = max(claimed, int(float64(n)*s.scale))
		var rounds []sample
		q, dir, err := filled(ctx, s.dir, n)
		if err != nil {
			return nil, err
		}
		next := n
		for range s.rounds + 1 { // the first round brings the record into memory
			took, err := serveRows(ctx, q, max(claimed, int(served*min(s.scale, 1))), &next)
			if err != nil {
				return nil, err
			}
			rounds = append(rounds, sample{usage: usage{Took: took}})
		}
		if err := q.Close(); err != nil {
			return nil, err
		}
		os.RemoveAll(dir)
		d := depth{Waiting: n, Microseconds: median(rounds[1:], func(s sample) float64 { return float64(s.Took.Nanoseconds()) / 1e3 })}
		fmt.Fprintf(progress, "%d waiting: %.1f µs a file\n", d.Waiting, d.Microseconds)
		depths = append(depths, d)
	}
	return depths, nil
}

// filled makes a record in which n files wait.
func filled(ctx context.Context, under string, n int) (*queue.Queue, string, error) {
	dir, err := os.MkdirTemp(under, "waiting-")
	if err != nil {
		return nil, "", err
	}
	q, err := queue.Open(ctx, queue.Options{Path: filepath.Join(dir, "florasync.db"), Create: true, NoSync: true})
	if err != nil {
		return nil, "", err
	}
	if err := q.AddRoot(ctx, benchRoot, "/srv/media"); err != nil {
		return nil, "", err
	}
	const most = 10_000
	for at := 0; at < n; at += most {
		if err := enqueue(ctx, q, at, min(most, n-at)); err != nil {
			return nil, "", err
		}
	}
	return q, dir, nil
}

const benchRoot = "media"

func enqueue(ctx context.Context, q *queue.Queue, from, n int) error {
	now := time.Now()
	batch := make([]queue.Arrival, 0, n)
	for i := from; i < from+n; i++ {
		print := state.Fingerprint{Size: 20_000, MTime: int64(i), CTime: int64(i), Born: int64(i), Inode: uint64(i + 1)}
		batch = append(batch, queue.Arrival{Sighting: state.Sighting{Root: benchRoot, Path: state.Path(fmt.Sprintf("%04d/%07d.png", i/1000, i)),
			Print: print, At: now}})
	}
	_, err := q.Sight(ctx, batch)
	return err
}

// serveRows brings n rows from queued to done, a claim of some at a time, and enqueues as many anew outside the time taken. It returns the time a file.
func serveRows(ctx context.Context, q *queue.Queue, n int, next *int) (time.Duration, error) {
	var took time.Duration
	to := state.Destination{Workspace: "ws_bench", Name: "a.png", Type: "image/png"}
	for done := 0; done < n; {
		began := time.Now()
		items, _, err := q.Claim(ctx, began, state.Lane{Root: benchRoot}, claimed)
		if err != nil {
			return 0, err
		}
		if len(items) == 0 {
			return 0, fmt.Errorf("nothing to claim after %d", done)
		}
		for i, it := range items {
			if err := serveRow(ctx, q, it, to, i == len(items)-1); err != nil {
				return 0, err
			}
			q.Release(it.ID, time.Time{})
		}
		took += time.Since(began)
		done += len(items)
		if err := enqueue(ctx, q, *next, len(items)); err != nil {
			return 0, err
		}
		*next += len(items)
	}
	return took / time.Duration(n), nil
}

// serveRow brings a row from queued to done. The last one's commit is waited for: it takes the others with it.
func serveRow(ctx context.Context, q *queue.Queue, it state.Item, to state.Destination, last bool) (err error) {
	now := time.Now()
	for _, o := range []state.Outcome{state.IsReserved(fmt.Sprintf("asset_%d", it.ID), to), state.Sent([32]byte{1}, it.Print.Size),
		state.IsReady("https://media.flora.ai/x", now, true, state.Work{})} {
		c := state.Change{ID: it.ID, Rev: it.Rev, At: now, Outcome: o}
		if last && o.Kind() == state.KindReady {
			_, err = q.Apply(ctx, c)
		} else {
			it, err = q.Submit(c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// draw plots the cost of a file against the number waiting.
func draw(depths []depth, to string) error {
	p := plot.New()
	p.Title.Text = "What the record takes for a file"
	p.X.Label.Text, p.Y.Label.Text = "files waiting", "µs a file"
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: 0}
	var points plotter.XYs
	for _, d := range depths {
		points = append(points, plotter.XY{X: float64(d.Waiting), Y: d.Microseconds})
		p.Y.Max = max(p.Y.Max, 1.2*d.Microseconds)
	}
	p.Y.Min = 0
	line, dots, err := plotter.NewLinePoints(points)
	if err != nil {
		return err
	}
	p.Add(plotter.NewGrid(), line, dots)
	p.Y.Min = 0
	return p.Save(16*vg.Centimeter, 10*vg.Centimeter, to)
}
