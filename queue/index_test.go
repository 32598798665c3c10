package queue

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// TestIndexIsItsBucket asks and changes a bucket through an index, at random, and compares every answer with the bucket's own.
func TestIndexIsItsBucket(t *testing.T) {
	db, err := bolt.Open(filepath.Join(t.TempDir(), "db"), 0o600, &bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	seed := rand.Uint64()
	dice := rand.New(rand.NewPCG(seed, 0))
	key := func() []byte { return fmt.Appendf(nil, "%02d%02d", dice.IntN(40), dice.IntN(40)) }
	for round := range 30 {
		err := db.Update(func(tx *bolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists([]byte("b"))
			if err != nil {
				return err
			}
			x := newIndex(b)
			if err := emptyRun(b, round, dice); err != nil {
				return err
			}
			for range 400 {
				switch k := key(); dice.IntN(6) {
				case 0:
					err = x.Put(k, fmt.Appendf(nil, "%050d", dice.Uint32())) // some fifty to a page
				case 1:
					err = x.Delete(k)
				case 2, 3:
					if got, want := x.Get(k), b.Get(k); !bytes.Equal(got, want) {
						return fmt.Errorf("round %d: %s is %q, not %q", round, k, want, got)
					}
				default:
					prefix := k[:2]
					first, _ := b.Cursor().Seek(prefix)
					if got, want := x.holds(prefix), bytes.HasPrefix(first, prefix); got != want {
						return fmt.Errorf("round %d: %s: got %v", round, prefix, got)
					}
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

// emptyRun deletes keys that lie together, every fifth time all of them: pages without a key are left until the commit.
func emptyRun(b *bolt.Bucket, round int, dice *rand.Rand) error {
	from, to := dice.IntN(40), dice.IntN(40)
	if round%5 == 4 {
		from, to = 0, 40
	}
	for i := from; i < to; i++ {
		for j := range 40 {
			if err := b.Delete(fmt.Appendf(nil, "%02d%02d", i, j)); err != nil {
				return err
			}
		}
	}
	return nil
}
