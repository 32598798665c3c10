package queue

import (
	"bytes"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

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
