package daemon

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// rejudge opens the rows again that a rule kept back, when the rules of their root are others than they were: an unchanged file is never looked at by
// itself. What is wanted by name is found by the scan at the start.
func (d *Daemon) rejudge(ctx context.Context, r *root) error {
	sum := rulesSum(r)
	var last uint64
	for _, known := range d.queue.Roots() {
		if known.Name == r.Name {
			last = known.Rules
		}
	}
	if last == sum {
		return nil
	}
	if last != 0 {
		if err := d.reopenSkipped(ctx, r); err != nil {
			return err
		}
	}
	return d.queue.SetRules(ctx, r.Name, sum)
}

func (d *Daemon) reopenSkipped(ctx context.Context, r *root) error {
	query := queue.Query{Roots: []string{r.Name}, Standings: []state.Standing{state.StandsSkipped}}
	for after := ""; ; {
		items, next, err := d.queue.List(ctx, query, after, 500)
		if err != nil {
			return err
		}
		for _, it := range items {
			if it.Phase != state.Queued || it.Reason != state.Size && (it.Reason != state.Rule || r.OnChange == "ignore") {
				continue
			}
			_, err := d.queue.Apply(ctx, state.Change{ID: it.ID, Rev: it.Rev, At: time.Now(), Outcome: state.Reopen()})
			if err != nil && !errors.Is(err, state.ErrStale) && !errors.Is(err, queue.ErrNoRow) {
				return err
			}
		}
		if next == "" {
			return nil
		}
		after = next
	}
}

// rulesSum is a sum of what decides about a file beside its name; never 0.
func rulesSum(r *root) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %d %s", r.MinSize, r.MaxSize, r.OnChange)
	return max(h.Sum64(), 1)
}
