package queue

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// Report is what Check found.
type Report struct {
	Rows, Paths, Marks, Due, Finished int64
	Bytes                             int64
	Problems                          []string // empty: the record is sound; at most problemsMax
}

// problemsMax bounds a report: a file that is badly damaged would list every row.
const problemsMax = 100

// OK reports that nothing was found.
func (r Report) OK() bool { return len(r.Problems) == 0 }

// Check reads the whole record: every page, every index against every row, and the counters against a walk. Commits wait meanwhile. The end of ctx ends the
// walk, but for bbolt's own of all pages, which cannot be cut short: commits wait for that, Check does not, unless the record is only read.
//
// Errors: [ErrDamaged] when the walk cannot be finished; the report holds what was found so far.
func (q *Queue) Check(ctx context.Context) (Report, error) {
	var report Report
	look := func() (err error) {
		report, err = q.check(ctx)
		return err
	}
	q.mu.Lock()
	idle := q.opts.ReadOnly || q.damaged
	q.mu.Unlock()
	if idle {
		err := look()
		return report, err
	}
	o := &op{alone: look, done: make(chan struct{})}
	q.mu.Lock()
	err := q.push(o)
	q.mu.Unlock()
	if err != nil {
		return Report{}, err
	}
	select {
	case <-o.done:
		return report, o.err
	case <-ctx.Done(): // the report is still written
		return Report{}, context.Cause(ctx)
	}
}

// check runs while no transaction writes: bbolt's check reads the list of free pages, which writers share.
func (q *Queue) check(ctx context.Context) (Report, error) {
	c := checker{tallies: make(map[rootID]*tally)}
	err := q.view(ctx, func(tx *bolt.Tx, h head) error {
		c.tx, c.head = tx, h
		c.Bytes = tx.Size()
		if err := vet(q.file.f, tx, true); err != nil {
			c.problem("%v", err)
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		for err := range tx.Check() {
			c.problem("%v", err)
		}
		if len(c.Problems) > 0 {
			return fmt.Errorf("%w: %s", ErrDamaged, c.Problems[0])
		}
		return c.run(ctx)
	})
	return c.Report, err
}

type checker struct {
	Report
	tx      *bolt.Tx
	head    head
	tallies map[rootID]*tally
	n       struct{ due, gone, files, lost, twins, fin, urls int64 }
}

func (c *checker) problem(format string, args ...any) {
	if len(c.Problems) < problemsMax {
		c.Problems = append(c.Problems, fmt.Sprintf(format, args...))
	}
}

func (c *checker) run(ctx context.Context) error {
	err := c.tx.Bucket(bucketRows).ForEach(func(k, v []byte) error {
		if c.Rows%listStep == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		c.row(k, v)
		return nil
	})
	if err != nil {
		return err
	}
	err = c.tx.Bucket(bucketPaths).ForEach(func(k, v []byte) error {
		if c.Paths%listStep == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		return c.path(k, v)
	})
	if err != nil {
		return err
	}
	c.Due, c.Finished = c.n.due, c.n.fin
	for _, b := range []struct {
		bucket []byte
		want   int64
	}{{bucketDue, c.n.due}, {bucketFiles, c.n.files}, {bucketLost, c.n.lost}, {bucketFinished, c.n.fin}, {bucketURLs, c.n.urls}} {
		if got := c.size(b.bucket); got != b.want {
			c.problem("%s holds %d keys, the rows call for %d", b.bucket, got, b.want)
		}
	}
	if got := c.size(bucketTwins); c.linked() && got != c.n.twins {
		c.problem("twins holds %d keys, the rows call for %d", got, c.n.twins)
	}
	if got, want := c.size(bucketGone)-c.goneMarks(), c.n.gone; got != want {
		c.problem("gone holds %d rows, the rows call for %d", got, want)
	}
	return c.counters()
}

// linked reports that no index of contents is half built, or half gone: that ends with the next start.
func (c *checker) linked() bool {
	return !slices.ContainsFunc(c.head.roots, func(r rootInfo) bool { return r.Linking == building || r.Linking == removing })
}

func (c *checker) size(bucket []byte) (n int64) {
	cur := c.tx.Bucket(bucket).Cursor()
	for k, _ := cur.First(); k != nil; k, _ = cur.Next() {
		n++
	}
	return n
}

func (c *checker) goneMarks() (n int64) {
	cur := c.tx.Bucket(bucketGone).Cursor()
	for k, _ := cur.First(); k != nil; k, _ = cur.Next() {
		if num8(k[16:]) == 0 {
			n++
		}
	}
	return n
}

// row holds one row against every index it should stand in.
func (c *checker) row(k, v []byte) {
	c.Rows++
	r, err := decodeRow(state.ID(num8(k)), v, c.head.name)
	if err != nil {
		c.problem("%v", err)
		return
	}
	want := c.head.keys(r)
	c.expect(r, bucketDue, want.due, &c.n.due)
	c.expect(r, bucketGone, want.gone, &c.n.gone)
	c.expect(r, bucketFiles, want.file, &c.n.files)
	c.expect(r, bucketLost, want.lost, &c.n.lost)
	if c.linked() {
		c.expect(r, bucketTwins, want.twin, &c.n.twins)
	}
	if r.fin != 0 {
		c.expect(r, bucketFinished, key8(r.fin), &c.n.fin)
	}
	if r.Settled() != (r.fin != 0) {
		c.problem("%v: settled %t, finished at %d", r.ID, r.Settled(), r.fin)
	}
	if r.URL != "" {
		c.expect(r, bucketURLs, k, &c.n.urls)
	}
	t := c.tallies[r.root]
	if t == nil {
		t = &tally{}
		c.tallies[r.root] = t
	}
	t.N[r.Standing()]++
	t.Parked += parked(r)
}

func (c *checker) expect(r row, bucket, key []byte, n *int64) {
	if key == nil {
		return
	}
	*n++
	cur := c.tx.Bucket(bucket).Cursor()
	if k, _ := cur.Seek(key); !bytes.Equal(k, key) {
		c.problem("%v: is not in %s, where it belongs", r.ID, bucket)
	}
}

// path holds one path entry against its row.
func (c *checker) path(k, v []byte) error {
	c.Paths++
	root, dir, name, ok := splitPathKey(k)
	if !ok || int(root) >= len(c.head.roots) {
		c.problem("path key %x: is none", k)
		return nil
	}
	e, err := decodeEntry(v)
	if err != nil {
		c.problem("%v", err)
		return nil //nolint:nilerr // the walk goes on
	}
	if e.id == 0 {
		c.Marks++
		return nil
	}
	r, err := readRow(c.tx.Bucket(bucketRows), c.head, e.id)
	switch {
	case err != nil:
		c.problem("path %s: %v", state.Join(dir, name).Text(), err)
	case r.root != root || r.Path != state.Join(dir, name):
		c.problem("path %s: its row %v stands at %s", state.Join(dir, name).Text(), e.id, r.Path.Text())
	case r.sum() != e.sum && !(r.changed() && e.sum == r.Print.Sum()): // as it was written once
		c.problem("path %s: sum %x, its row %v has %x", state.Join(dir, name).Text(), e.sum, e.id, r.sum())
	}
	return nil
}

func (c *checker) counters() error {
	for i := range c.head.roots {
		id := rootID(i)
		t, err := readTally(c.tx, id)
		if err != nil {
			return err
		}
		want := tally{}
		if w := c.tallies[id]; w != nil {
			want = *w
		}
		if t.N != want.N || t.Parked != want.Parked {
			c.problem("counters of root %q: %v, a walk finds %v", c.head.name(id), t.N, want.N)
		}
	}
	return nil
}
