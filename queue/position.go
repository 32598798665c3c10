package queue

import (
	"bytes"
	"context"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// positionMax bounds how far Position counts.
const positionMax = 100_000

// Position is where a waiting row stands in its lane.
type Position struct {
	Lane  state.Lane
	Ahead int  // rows of the lane that are due before it
	More  bool // Ahead is where counting stopped: there are more
}

// Position counts the rows before a waiting one, as the record has them; those that were handed out already are among them. ok is false for a row that
// does not wait, or waits for its file to be found.
func (q *Queue) Position(ctx context.Context, id state.ID) (p Position, ok bool, err error) {
	err = q.view(ctx, func(tx *bolt.Tx, h head) error {
		r, err := readRow(tx.Bucket(bucketRows), h, id)
		if err != nil || !r.due() {
			return err
		}
		lane, key := r.lane(), r.dueKey()
		p.Lane, ok = state.Lane{Root: r.Root, Size: lane.size()}, true
		c := tx.Bucket(bucketDue).Cursor()
		for k, _ := c.Seek(lane[:]); k != nil && bytes.Compare(k, key) < 0; k, _ = c.Next() {
			if p.Ahead == positionMax {
				p.More = true
				return nil
			}
			p.Ahead++
		}
		return nil
	})
	return p, ok, err
}
