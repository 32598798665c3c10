package queue

import (
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// TestMarksThatComeAndGo: what is looked for of an ignored file, when its path vanished, is not looked for any more when something stands there again, whatever
// its inode is then: a folder that is filled anew every day leaves nothing behind.
func TestMarksThatComeAndGo(t *testing.T) {
	ctx := t.Context()
	q := openInbox(t, filepath.Join(t.TempDir(), "record.db"))
	defer q.Close()
	sight := func(a Arrival) {
		t.Helper()
		if _, err := q.Sight(ctx, []Arrival{a}); err != nil {
			t.Fatal(err)
		}
	}
	for inode := range uint64(20) {
		there := seen("a.png", 1000+inode)
		there.Mark = true
		sight(there)
		gone := seen("a.png", 0)
		gone.Gone = true
		sight(gone)
	}
	lost := 0
	err := q.view(ctx, func(tx *bolt.Tx, _ head) error {
		return tx.Bucket(bucketGone).ForEach(func(_, _ []byte) error { lost++; return nil })
	})
	if err != nil || lost != 1 {
		t.Errorf("%d files are looked for, %v", lost, err)
	}
	if r, err := q.Check(ctx); err != nil || !r.OK() || r.Marks != 1 || r.Rows != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}
