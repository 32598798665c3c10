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
