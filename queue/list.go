package queue

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// Query says what List lists. The zero Query is the newest version of every path, and every URL.
type Query struct {
	IDs       []state.ID       // these rows only, in the order of their ids
	Roots     []string         // of these roots; nil: of all. The root "" holds what was named by hand, and URLs
	Under     string           // below this directory of each root; "": everywhere
	Standings []state.Standing // nil: all; active is waiting with a claim
	Since     time.Time        // rows to which something happened at or after it
	All       bool             // every version, in the order of their sequence
	Finished  bool             // what has settled, in the order in which it settled: the cursor of list --follow
}

// listStep bounds the keys that one transaction of a list looks at: a filter that matches little must not hold one open for long.
const listStep = 4096

// List returns up to n rows and the cursor of the next page, "" after the last one. With Finished the cursor is never "" once a row was listed: it
// stays good for what settles later, across restarts; a row that was opened again and settled again is listed again. Order: paths as in the index,
// then URLs. Errors: [ErrCursor].
func (q *Queue) List(ctx context.Context, query Query, after string, n int) (items []state.Item, next string, err error) {
	l, err := q.lister(query, after, n)
	if err != nil {
		return nil, "", err
	}
	for !l.end && len(l.items) < n {
		if err := q.view(ctx, l.step); err != nil {
			return nil, "", err
		}
	}
	return l.items, l.cursor(), nil
}

// lister is one call of List. Its place is a bucket and the key last looked at.
type lister struct {
	Query
	n       int
	claimed map[state.ID]bool // when the list began: no lock is taken inside a transaction
	stages  []stage
	at      int    // of stages
	key     []byte // nil: the stage's beginning
	end     bool
	items   []state.Item
}

// stage is one bucket of a list, with the letter its cursors begin with.
type stage struct {
	letter byte
	bucket []byte
	id     func(k, v []byte) (state.ID, error)
}

func idOfKey(k, _ []byte) (state.ID, error)   { return state.ID(num8(k)), nil }
func idOfValue(_, v []byte) (state.ID, error) { return state.ID(num8(v)), nil }
func idOfEntry(_, v []byte) (state.ID, error) {
	e, err := decodeEntry(v)
	return e.id, err
}

func (q *Queue) lister(query Query, after string, n int) (*lister, error) {
	l := &lister{Query: query, n: n, claimed: make(map[state.ID]bool)}
	q.mu.Lock()
	for id := range q.claims {
		l.claimed[id] = true
	}
	q.mu.Unlock()
	l.IDs = slices.Clone(query.IDs)
	switch {
	case query.Finished:
		l.stages = []stage{{'f', bucketFinished, idOfValue}}
	case query.All || query.IDs != nil:
		l.stages = []stage{{'r', bucketRows, idOfKey}}
	default:
		l.stages = []stage{{'p', bucketPaths, idOfEntry}, {'u', bucketURLs, idOfKey}}
	}
	slices.Sort(l.IDs)
	if after == "" {
		return l, nil
	}
	key, err := hex.DecodeString(after[1:])
	for i, s := range l.stages {
		if s.letter == after[0] && err == nil {
			l.at, l.key = i, key
			return l, nil
		}
	}
	return nil, fmt.Errorf("%s: %w", strconv.Quote(after), ErrCursor)
}

func (l *lister) cursor() string {
	if l.end && !l.Finished || l.key == nil && l.at == 0 {
		return ""
	}
	return string(l.stages[l.at].letter) + hex.EncodeToString(l.key)
}

// step looks at up to listStep keys in one transaction.
func (l *lister) step(tx *bolt.Tx, h head) error {
	rows := tx.Bucket(bucketRows)
	s := l.stages[l.at]
	c := tx.Bucket(s.bucket).Cursor()
	k, v := l.seek(c)
	for looked := 0; looked < listStep && len(l.items) < l.n; looked++ {
		if k, v = l.skip(c, h, k, v); k == nil {
			l.advance()
			return nil
		}
		l.key = bytes.Clone(k)
		id, err := s.id(k, v)
		if err != nil {
			return err
		}
		if id != 0 {
			if err := l.consider(rows, h, id); err != nil {
				return err
			}
		}
		k, v = c.Next()
	}
	return nil
}

func (l *lister) seek(c *bolt.Cursor) (k, v []byte) {
	if l.key == nil {
		return c.First()
	}
	if k, v = c.Seek(l.key); bytes.Equal(k, l.key) {
		return c.Next()
	}
	return k, v
}

// skip jumps over what the query cannot want: other roots, other directories, other ids.
func (l *lister) skip(c *bolt.Cursor, h head, k, v []byte) ([]byte, []byte) {
	switch l.stages[l.at].letter {
	case 'r':
		for k != nil && l.IDs != nil {
			i, found := slices.BinarySearch(l.IDs, state.ID(num8(k)))
			switch {
			case found:
				return k, v
			case i == len(l.IDs):
				return nil, nil
			}
			k, v = c.Seek(key8(uint64(l.IDs[i])))
		}
	case 'p':
		for k != nil {
			to := l.jump(h, k)
			if to == nil {
				break
			}
			k, v = c.Seek(to)
		}
	}
	return k, v
}

// jump returns where a path key that is not wanted leads, or nil when it is wanted. Below a directory D stand the keys D·0x00… and D/…
func (l *lister) jump(h head, k []byte) []byte {
	id := rootID(k[0])<<8 | rootID(k[1])
	nextRoot := []byte{byte((id + 1) >> 8), byte(id + 1), 0}
	if !l.wantsRoot(h.name(id)) {
		return nextRoot
	}
	if l.Under == "" {
		return nil
	}
	low := dirKey(id, l.Under)
	sub := append(low[:len(low)-1:len(low)-1], '/')
	switch {
	case bytes.HasPrefix(k, low), bytes.HasPrefix(k, sub):
		return nil
	case bytes.Compare(k, low) < 0:
		return low
	case bytes.Compare(k, sub) < 0:
		return sub
	}
	return nextRoot
}

func (l *lister) wantsRoot(name string) bool { return l.Roots == nil || slices.Contains(l.Roots, name) }

func (l *lister) advance() {
	if l.at+1 == len(l.stages) || l.Under != "" { // a URL is below no directory
		l.end = true
		return
	}
	l.at, l.key = l.at+1, nil
}

func (l *lister) consider(rows *bolt.Bucket, h head, id state.ID) error {
	r, err := readRow(rows, h, id)
	if err != nil {
		return err
	}
	if l.wants(r) {
		l.items = append(l.items, r.Item)
	}
	return nil
}

func (l *lister) wants(r row) bool {
	if !l.wantsRoot(r.Root) || l.IDs != nil && !slices.Contains(l.IDs, r.ID) {
		return false
	}
	if l.Under != "" && !below(r.Path, l.Under) {
		return false
	}
	if !l.Since.IsZero() && happened(r.Item).Before(l.Since) {
		return false
	}
	if l.Standings == nil {
		return true
	}
	s := r.Standing()
	if s == state.StandsWaiting && l.claimed[r.ID] {
		s = state.StandsActive
	}
	return slices.Contains(l.Standings, s)
}

func below(p state.Path, dir string) bool {
	return len(p) > len(dir) && string(p[:len(dir)]) == dir && p[len(dir)] == '/'
}

// happened is when something last happened to the row, as far as it says.
func happened(it state.Item) time.Time {
	last := it.SeenAt
	for _, t := range []time.Time{it.ReadyAt, it.DoneAt, it.IntentAt} {
		if t.After(last) {
			last = t
		}
	}
	if it.Fault != nil && it.Fault.At.After(last) {
		last = it.Fault.At
	}
	if n := len(it.Tries); n > 0 && it.Tries[n-1].At.After(last) {
		last = it.Tries[n-1].At
	}
	return last
}

// Holder returns the row that holds an asset, or held it before; 0 when none does. It walks the rows: see [Queue.Holders] for more than one.
func (q *Queue) Holder(ctx context.Context, assetID string) (state.ID, error) {
	held, err := q.Holders(ctx, []string{assetID})
	return held[assetID], err
}

// Holders returns the rows that hold these assets, or held them before, in one walk over every row, page by page. Assets no row holds are not in it.
func (q *Queue) Holders(ctx context.Context, assetIDs []string) (map[string]state.ID, error) {
	wanted := make(map[string]bool, len(assetIDs))
	for _, a := range assetIDs {
		wanted[a] = a != ""
	}
	held := make(map[string]state.ID)
	note := func(it state.Item) {
		for _, a := range append(slices.Clone(it.Previous), it.AssetID) {
			if wanted[a] {
				held[a] = it.ID
			}
		}
	}
	err := q.eachRow(ctx, func(r row) { note(r.Item) })
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, im := range q.images { // accepted, not on disk yet
		if !im.removed {
			note(im.item)
		}
	}
	return held, err
}

// eachRow reads every row in pages: no transaction is open between them.
func (q *Queue) eachRow(ctx context.Context, fn func(row)) error {
	var last []byte
	for more := true; more; {
		err := q.view(ctx, func(tx *bolt.Tx, h head) error {
			c := tx.Bucket(bucketRows).Cursor()
			k, v := c.First()
			if last != nil {
				if k, v = c.Seek(last); bytes.Equal(k, last) {
					k, v = c.Next()
				}
			}
			for n := 0; k != nil && n < listStep; n++ {
				r, err := decodeRow(state.ID(num8(k)), v, h.name)
				if err != nil {
					return err
				}
				fn(r)
				last = bytes.Clone(k)
				k, v = c.Next()
			}
			more = k != nil
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
