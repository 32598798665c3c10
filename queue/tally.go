package queue

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// tally is what counts holds of one root. Field numbers are the record's.
type tally struct {
	N         [state.StandingN]int64 `cbor:"1,keyasint"` // active stays 0: it is memory
	LastSeen  uint64                 `cbor:"2,keyasint,omitempty"`
	LastReady uint64                 `cbor:"3,keyasint,omitempty"`
	Parked    int64                  `cbor:"4,keyasint,omitempty"` // of the ready ones: with an error
}

// Counts is one root's row counts. Waiting includes the active ones, which only the running process can tell: see [Queue.Active].
type Counts struct {
	Seen, Waiting, Ready, Failed, Skipped    int64
	Parked                                   int64     // of the ready ones: kept by an error from being attached or filed away
	LastSeenAt, LastReadyAt, OldestWaitingAt time.Time // zero when there is none; OldestWaitingAt is that of the row first in line
}

func (b *batch) tally(root rootID) (*tally, error) {
	if t := b.tallies[root]; t != nil {
		return t, nil
	}
	t, err := readTally(b.tx, root)
	if err != nil {
		return nil, err
	}
	b.tallies[root] = &t
	return &t, nil
}

func readTally(tx *bolt.Tx, root rootID) (tally, error) {
	var t tally
	v := tx.Bucket(bucketCounts).Get(binary.BigEndian.AppendUint16(nil, uint16(root)))
	if v == nil {
		return t, nil
	}
	if err := decoder.Unmarshal(v, &t); err != nil {
		return t, fmt.Errorf("%w: a counter cannot be read", ErrDamaged)
	}
	return t, nil
}

// count moves a row from where it stood to where it stands; a zero row is nowhere.
func (b *batch) count(before, after row) error {
	if before.ID != 0 {
		t, err := b.tally(before.root)
		if err != nil {
			return err
		}
		t.N[before.Standing()]--
		t.Parked -= parked(before)
	}
	if after.ID == 0 {
		return nil
	}
	t, err := b.tally(after.root)
	if err != nil {
		return err
	}
	t.N[after.Standing()]++
	t.Parked += parked(after)
	t.LastSeen = max(t.LastSeen, nanos(after.SeenAt))
	t.LastReady = max(t.LastReady, nanos(after.ReadyAt))
	return nil
}

func parked(r row) int64 {
	if r.Parked() {
		return 1
	}
	return 0
}

func (b *batch) flushTallies() error {
	for root, t := range b.tallies {
		v, err := encoder.Marshal(t)
		if err != nil {
			return err
		}
		if err := b.tx.Bucket(bucketCounts).Put(binary.BigEndian.AppendUint16(nil, uint16(root)), v); err != nil {
			return err
		}
	}
	return nil
}

// Counts returns the counts of every root with rows and of every root that was added, by name, without a walk: the counters are kept in the
// transactions that move the rows.
func (q *Queue) Counts(ctx context.Context) (map[string]Counts, error) {
	counts := make(map[string]Counts)
	err := q.view(ctx, func(tx *bolt.Tx, h head) error {
		for i, r := range h.roots {
			t, err := readTally(tx, rootID(i))
			if err != nil {
				return err
			}
			c := Counts{Waiting: t.N[state.StandsWaiting], Ready: t.N[state.StandsReady], Failed: t.N[state.StandsFailed],
				Skipped: t.N[state.StandsSkipped], Parked: t.Parked, LastSeenAt: fromNanos(t.LastSeen), LastReadyAt: fromNanos(t.LastReady)}
			c.Seen = c.Waiting + c.Ready + c.Failed + c.Skipped
			if c.OldestWaitingAt, err = oldestWaiting(tx, h, rootID(i)); err != nil {
				return err
			}
			counts[r.Name] = c
		}
		return nil
	})
	return counts, err
}

// oldestLook bounds the look for the oldest waiting row: the head of the line may be rows that are ready and wait to be attached.
const oldestLook = 16

// oldestWaiting looks at the head of each lane. Best effort: a row that backs off stands behind younger ones.
func oldestWaiting(tx *bolt.Tx, h head, root rootID) (time.Time, error) {
	var oldest time.Time
	rows := tx.Bucket(bucketRows)
	for _, size := range []state.Priority{state.Small, state.Large} {
		l := laneOf(root, size)
		c := tx.Bucket(bucketDue).Cursor()
		n := 0
		for k, _ := c.Seek(l[:]); k != nil && laneKey(k[:3]) == l && n < oldestLook; k, _ = c.Next() {
			n++
			_, id := splitDueKey(k)
			r, err := readRow(rows, h, id)
			if err != nil {
				return oldest, err
			}
			if r.Standing() == state.StandsWaiting && (oldest.IsZero() || r.SeenAt.Before(oldest)) {
				oldest = r.SeenAt
			}
		}
	}
	return oldest, nil
}

// RootHasWork reports whether rows of the root wait: then an empty folder in its place is a missing mount, not a deletion.
func (q *Queue) RootHasWork(ctx context.Context, root string) (has bool, err error) {
	err = q.view(ctx, func(tx *bolt.Tx, h head) error {
		id, ok := h.root(root)
		if !ok {
			return nil
		}
		t, err := readTally(tx, id)
		has = t.N[state.StandsWaiting] > 0
		return err
	})
	return has, err
}
