package queue

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// rootInfo is a root as the record knows it; its number is its place. Field numbers are the record's: never reuse one.
type rootInfo struct {
	Name string `cbor:"1,keyasint,omitempty"`
	Path string `cbor:"2,keyasint,omitempty"`

	Scanned bool    `cbor:"3,keyasint,omitempty"` // a full scan of it has ended once
	Inode   uint64  `cbor:"4,keyasint,omitempty"` // of the folder at the last full scan
	Born    int64   `cbor:"5,keyasint,omitempty"`
	Rules   uint64  `cbor:"6,keyasint,omitempty"` // a sum of the rules that the skipped rows were judged by
	Linking linking `cbor:"7,keyasint,omitempty"`
}

// Root is a watched folder the record knows, also one that the configuration no longer names.
type Root struct {
	Name, Path string
	Scanned    bool   // a full scan of it has ended once: what appears from then on is new
	Inode      uint64 // of the folder at the last full scan, with its birth time in ns: an empty folder that is another one is a missing mount
	Born       int64
	Rules      uint64 // of SetRules; 0 before the first
	Link       bool   // its contents are found by Twin
}

// rootMax bounds the roots of one record: numbers take two bytes of each path key.
const rootMax = 1 << 15

func putRoot(tx *bolt.Tx, id rootID, r rootInfo) error {
	v, err := encoder.Marshal(r)
	if err != nil {
		return err
	}
	return tx.Bucket(bucketRoots).Put(binary.BigEndian.AppendUint16(nil, uint16(id)), v)
}

func readRoots(tx *bolt.Tx) ([]rootInfo, error) {
	var roots []rootInfo
	err := tx.Bucket(bucketRoots).ForEach(func(k, v []byte) error {
		var r rootInfo
		if len(k) != 2 || int(binary.BigEndian.Uint16(k)) != len(roots) {
			return errors.Join(ErrDamaged, errors.New("the list of roots has a hole"))
		}
		if err := decoder.Unmarshal(v, &r); err != nil {
			return fmt.Errorf("%w: a root cannot be read", ErrDamaged)
		}
		roots = append(roots, r)
		return nil
	})
	if err == nil && len(roots) == 0 {
		err = fmt.Errorf("%w: the list of roots is empty", ErrDamaged)
	}
	return roots, err
}

// AddRoot makes one folder known; see [Queue.AddRoots].
func (q *Queue) AddRoot(ctx context.Context, name, path string) error {
	return q.AddRoots(ctx, []Root{{Name: name, Path: path}})
}

// AddRoots makes folders known by Name and Path, or says that they are: all of them in one transaction, or none. A name that is known at another path keeps its
// history and takes the new path; Link is taken of a new one, for which [Queue.SetLink] has nothing to walk over. Errors: [ErrRootRenamed] when a path is known
// under another name. The root "" (paths named by hand, URLs) is always there.
func (q *Queue) AddRoots(ctx context.Context, add []Root) error {
	return q.do(ctx, func(b *batch) error {
		roots := slices.Clone(b.head.roots)
		var changed []rootID
		for _, a := range add {
			if a.Name == "" {
				continue
			}
			id, known := b.head.root(a.Name)
			for i, r := range b.head.roots {
				if i != 0 && r.Path == a.Path && r.Name != a.Name {
					return &RootRenamedError{Path: a.Path, Old: r.Name, New: a.Name}
				}
			}
			switch {
			case known && roots[id].Path == a.Path:
				continue
			case known:
				roots[id].Path = a.Path
			case len(roots) >= rootMax:
				return fmt.Errorf("add root %q: the record knows %d roots already", a.Name, len(roots))
			default:
				id = rootID(len(roots))
				roots = append(roots, rootInfo{Name: a.Name, Path: a.Path})
				if a.Link {
					roots[id].Linking = linked
				}
			}
			changed = append(changed, id)
		}
		if len(changed) == 0 {
			return nil
		}
		b.head.roots = roots
		b.touched()
		for _, id := range changed {
			if err := putRoot(b.tx, id, roots[id]); err != nil {
				return err
			}
		}
		return nil
	})
}

// SetFolder notes which directory stood at the root's path when it was last scanned whole; a no-op when the record says so already.
func (q *Queue) SetFolder(ctx context.Context, root string, inode uint64, born int64) error {
	return q.editRoot(ctx, root, func(r *rootInfo) bool {
		changed := r.Inode != inode || r.Born != born
		r.Inode, r.Born = inode, born
		return changed
	})
}

// Folder returns what SetFolder noted last of a root; 0 before that.
func (q *Queue) Folder(root string) (inode uint64, born int64) {
	h := q.headNow()
	id, ok := h.root(root)
	if !ok {
		return 0, 0
	}
	return h.roots[id].Inode, h.roots[id].Born
}

// SetRules notes the sum of the rules by which the root's rows are judged from now on; a no-op when the record says so already.
func (q *Queue) SetRules(ctx context.Context, root string, sum uint64) error {
	return q.editRoot(ctx, root, func(r *rootInfo) bool {
		changed := r.Rules != sum
		r.Rules = sum
		return changed
	})
}

// editRoot changes what the record says of a root; a commit only when edit reports a change.
func (q *Queue) editRoot(ctx context.Context, root string, edit func(*rootInfo) (changed bool)) error {
	return q.do(ctx, func(b *batch) error {
		id, ok := b.head.root(root)
		if !ok {
			return &rootError{root}
		}
		roots := slices.Clone(b.head.roots)
		if !edit(&roots[id]) {
			return nil
		}
		b.head.roots = roots
		b.touched()
		return putRoot(b.tx, id, roots[id])
	})
}

// markScanned notes, once, that a full scan of the root has ended.
func (q *Queue) markScanned(ctx context.Context, root string) error {
	return q.editRoot(ctx, root, func(r *rootInfo) bool {
		changed := !r.Scanned
		r.Scanned = true
		return changed
	})
}

// RenameRoot gives a root another name: history, counters and pauses go with it. Errors: [ErrRootUnknown], [ErrRootExists].
func (q *Queue) RenameRoot(ctx context.Context, from, to string) error {
	return q.do(ctx, func(b *batch) error {
		id, ok := b.head.root(from)
		if !ok || id == 0 {
			return fmt.Errorf("root %q: %w", from, ErrRootUnknown)
		}
		if _, taken := b.head.root(to); taken {
			return fmt.Errorf("root %q: %w", to, ErrRootExists)
		}
		roots := slices.Clone(b.head.roots)
		roots[id].Name = to
		b.head.roots = roots
		b.touched()
		if until, paused := b.head.pauses[from]; paused {
			if err := errors.Join(b.setPause(from, nil), b.setPause(to, &until)); err != nil {
				return err
			}
		}
		return putRoot(b.tx, id, roots[id])
	})
}

// Roots lists the folders the record knows, in the order they were added, without the root "".
func (q *Queue) Roots() []Root {
	h := q.headNow()
	roots := make([]Root, 0, len(h.roots))
	for _, r := range h.roots[1:] {
		roots = append(roots, Root{Name: r.Name, Path: r.Path, Scanned: r.Scanned, Inode: r.Inode, Born: r.Born, Rules: r.Rules, Link: r.Linking == linked})
	}
	return roots
}
