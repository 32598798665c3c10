package queue

import (
	"encoding/binary"
	"fmt"
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

// TestSchema4 had large files that were sent in the lane of those that were not.
func TestSchema4(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	q, err := Open(t.Context(), Options{Path: path, Create: true, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := q.AddRoot(t.Context(), "inbox", "/srv/inbox"); err != nil {
		t.Fatal(err)
	}
	var films []Arrival
	for i := range 10 {
		films = append(films, Arrival{Sighting: state.Sighting{Root: "inbox", Path: state.Path(fmt.Sprint(i)), At: time.Unix(1e9, 0),
			Print: state.Fingerprint{Inode: uint64(i + 1), Size: state.LargeSize, MTime: 1}}})
	}
	ids, err := q.Sight(t.Context(), films)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids[:4] {
		for rev, o := range []state.Outcome{state.IsReserved("asset_"+id.String(), state.Destination{}), state.Sent([32]byte{1}, state.LargeSize)} {
			if _, err := q.Apply(t.Context(), state.Change{ID: id, Rev: uint32(rev), At: time.Unix(1e9, 0), Outcome: o}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	rewriteMeta(t, path, func(tx *bolt.Tx) error {
		dues := tx.Bucket(bucketDue)
		err := tx.Bucket(bucketRows).ForEach(func(k, v []byte) error {
			r, err := decodeRow(state.ID(num8(k)), v, inbox)
			if err != nil || !r.due() {
				return err
			}
			if r.Phase < state.Uploaded {
				return nil
			}
			return move(dues, r.dueKey(), dueKey(laneOf(r.root, state.Large), nanos(r.Due), r.ID))
		})
		if err != nil {
			return err
		}
		return tx.Bucket(bucketMeta).Put(metaSchema, key8(4))
	})
	if q, err = Open(t.Context(), Options{Path: path, NoSync: true}); err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	if report, err := q.Check(t.Context()); err != nil || !report.OK() {
		t.Errorf("after the migration: %+v, %v", report, err)
	}
	for size, want := range map[state.Priority]int{state.Small: 4, state.Large: 6} {
		items, _, err := q.Claim(t.Context(), time.Unix(1_900_000_000, 0), state.Lane{Root: "inbox", Size: size}, 99)
		if err != nil || len(items) != want {
			t.Errorf("lane %v: %d rows, want %d, %v", size, len(items), want, err)
		}
	}
}
