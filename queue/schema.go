package queue

import (
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// schemaVersion is the layout this program writes. A change of layout adds one and a step to migrations; a new field of [state.Item] does not.
const schemaVersion = 5

// The buckets.
var (
	bucketMeta     = []byte("meta")     // name → value, see below
	bucketRoots    = []byte("roots")    // root number → rootInfo
	bucketPauses   = []byte("pauses")   // "r" + root name ("" = all) → until, ns; 0 = until resumed
	bucketCounts   = []byte("counts")   // root number → tally
	bucketRows     = []byte("rows")     // sequence → row
	bucketPaths    = []byte("paths")    // root · directory · 0x00 · name → entry
	bucketDue      = []byte("due")      // lane · due · sequence → nothing
	bucketFinished = []byte("finished") // commit sequence → row's sequence
	bucketGone     = []byte("gone")     // inode · birth · sequence → nothing, or the path key of a mark
	bucketFiles    = []byte("files")    // birth · inode · sequence → nothing: rows whose path did not vanish
	bucketLost     = []byte("lost")     // root · since · sequence → nothing: rows that wait for their file
	bucketTwins    = []byte("twins")    // size · digest · sequence → nothing: rows of linked roots whose bytes were sent
	bucketURLs     = []byte("urls")     // sequence → nothing: rows without a path
	buckets        = [][]byte{bucketMeta, bucketRoots, bucketPauses, bucketCounts, bucketRows, bucketPaths, bucketDue, bucketFinished,
		bucketGone, bucketFiles, bucketLost, bucketTwins, bucketURLs}
)

// The names in meta.
var (
	metaSchema   = []byte("schema")
	metaMachine  = []byte("machine")
	metaBirth    = []byte("birth")    // ns, server time of the first answer
	metaRestored = []byte("restored") // the last sequence number a restored backup knew
	metaProbe    = []byte("probe")    // written to see whether the record can be written again
)

// A migration takes the layout one number up, inside the transaction that also writes the new number. The file was copied before.
var migrations = map[int]func(*bolt.Tx) error{1: indexFiles, 2: addTwins, 3: keepRows, 4: moveSent}

func createSchema(tx *bolt.Tx, machine state.Machine) error {
	for _, name := range buckets {
		if _, err := tx.CreateBucket(name); err != nil {
			return fmt.Errorf("create bucket %s: %w", name, err)
		}
	}
	meta := tx.Bucket(bucketMeta)
	if err := meta.Put(metaMachine, machine[:]); err != nil {
		return err
	}
	if err := putRoot(tx, 0, rootInfo{}); err != nil {
		return err
	}
	return meta.Put(metaSchema, key8(schemaVersion))
}

// readSchema says what layout the file has. A file without one is none of ours, and that is damage too: it is never written over.
func readSchema(tx *bolt.Tx) (int, error) {
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		return 0, fmt.Errorf("%w: it holds no florasync record", ErrDamaged)
	}
	v := meta.Get(metaSchema)
	if len(v) != 8 {
		return 0, fmt.Errorf("%w: its schema number is missing", ErrDamaged)
	}
	n := int(num8(v))
	if n > schemaVersion {
		return n, &NewerError{Found: n, Known: schemaVersion}
	}
	if n == schemaVersion {
		for _, name := range buckets {
			if tx.Bucket(name) == nil {
				return n, fmt.Errorf("%w: bucket %s is missing", ErrDamaged, name)
			}
		}
	}
	return n, nil
}

// head is what is read at every opening and kept in memory.
type head struct {
	schema   int
	machine  state.Machine
	birth    time.Time
	restored state.ID
	opened   state.ID   // the last row when the file was opened
	roots    []rootInfo // by number
	pauses   map[string]time.Time
}

func readHead(tx *bolt.Tx) (head, error) {
	h := head{pauses: make(map[string]time.Time)}
	var err error
	if h.schema, err = readSchema(tx); err != nil {
		return h, err
	}
	meta := tx.Bucket(bucketMeta)
	if copy(h.machine[:], meta.Get(metaMachine)) != len(h.machine) {
		return h, fmt.Errorf("%w: the machine is missing", ErrDamaged)
	}
	if b := meta.Get(metaBirth); b != nil {
		h.birth = fromNanos(num8(b))
	}
	h.restored = state.ID(num8(meta.Get(metaRestored)))
	h.opened = state.ID(tx.Bucket(bucketRows).Sequence())
	if h.roots, err = readRoots(tx); err != nil {
		return h, err
	}
	err = tx.Bucket(bucketPauses).ForEach(func(k, v []byte) error {
		if len(k) == 0 || len(v) != 8 {
			return errors.Join(ErrDamaged, errors.New("a pause cannot be read"))
		}
		h.pauses[string(k[1:])] = fromNanos(num8(v))
		return nil
	})
	return h, err
}

func (h head) name(id rootID) string {
	if int(id) < len(h.roots) {
		return h.roots[id].Name
	}
	panic(fmt.Sprintf("root number %d was never given out", id))
}

func (h head) root(name string) (rootID, bool) {
	for i, r := range h.roots {
		if r.Name == name {
			return rootID(i), true
		}
	}
	return 0, false
}
