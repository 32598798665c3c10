package queue

import (
	"encoding/binary"
	"path/filepath"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// textRow encodes a row as schema 3 did: times as text, to the nanosecond, and no room.
func textRow(t *testing.T, r row) []byte {
	t.Helper()
	it := r.Item
	it.Root = ""
	body, err := must(cbor.EncOptions{Time: cbor.TimeRFC3339NanoUTC}.EncMode()).Marshal(it)
	if err != nil {
		t.Fatal(err)
	}
	var b []byte
	for _, n := range []uint64{uint64(r.root), r.fin, r.gone} {
		b = binary.AppendUvarint(b, n)
	}
	return append(b, body...)
}

// TestSchema3 had times to the nanosecond, also in the keys of what is due.
func TestSchema3(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	put(t, path, sample(t))
	var waiting int
	rewriteMeta(t, path, func(tx *bolt.Tx) error {
		rows, dues := tx.Bucket(bucketRows), tx.Bucket(bucketDue)
		old := map[string][]byte{}
		err := rows.ForEach(func(k, v []byte) error {
			r, err := decodeRow(state.ID(num8(k)), v, inbox)
			if err != nil {
				return err
			}
			if r.due() {
				waiting++
				if err := dues.Delete(r.dueKey()); err != nil {
					return err
				}
				r.Due = time.Unix(1_700_000_000, 123_456_789).UTC()
				if err := dues.Put(r.dueKey(), nil); err != nil {
					return err
				}
			}
			old[string(k)] = textRow(t, r)
			return nil
		})
		if err != nil {
			return err
		}
		for k, v := range old {
			if err := rows.Put([]byte(k), v); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketMeta).Put(metaSchema, key8(3))
	})
	if waiting == 0 {
		t.Fatal("the sample has no row that waits: the test shows nothing")
	}
	q, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	sound := func() {
		t.Helper()
		if report, err := q.Check(t.Context()); err != nil || !report.OK() || report.Rows == 0 {
			t.Errorf("after the migration: %+v, %v", report, err)
		}
	}
	sound()
	now := time.Unix(1_800_000_000, 0)
	for _, lane := range q.Lanes() {
		items, _, err := q.Claim(t.Context(), now, lane, waiting)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range items { // written anew, the row has the new form and stands in the index once
			if want := time.Unix(1_700_000_000, 123_456_789).UTC(); !it.Due.Equal(want) {
				t.Errorf("%v is due %v, want %v", it.ID, it.Due, want)
			}
			later := state.Later(now.Add(time.Hour+7), &state.Fault{Class: state.Passing, Code: "x", At: now})
			if _, err := q.Apply(t.Context(), state.Change{ID: it.ID, Rev: it.Rev, At: now, Outcome: later}); err != nil {
				t.Fatal(err)
			}
			waiting--
		}
	}
	if waiting > 0 {
		t.Errorf("%d rows were not claimed", waiting)
	}
	sound()
}
