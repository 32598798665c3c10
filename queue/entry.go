package queue

import (
	"encoding/binary"
	"fmt"

	"github.com/florasync/florasync/state"
)

// entry is the value of a path key: the sum of the newest version, 0 when nothing stands there any more, and its row; a mark has no row, and keeps
// the fingerprint itself.
type entry struct {
	sum   uint64
	id    state.ID
	print state.Fingerprint // of a mark
}

func (e entry) encode() ([]byte, error) {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 16), e.sum)
	b = binary.BigEndian.AppendUint64(b, uint64(e.id))
	if e.id != 0 {
		return b, nil
	}
	p, err := encoder.Marshal(e.print)
	return append(b, p...), err
}

func decodeEntry(b []byte) (entry, error) {
	if len(b) < 16 {
		return entry{}, fmt.Errorf("a path entry is cut: %w", ErrDamaged)
	}
	e := entry{sum: num8(b), id: state.ID(num8(b[8:]))}
	if e.id == 0 && len(b) > 16 {
		if err := decoder.Unmarshal(b[16:], &e.print); err != nil {
			return e, fmt.Errorf("a mark cannot be read: %w", ErrDamaged)
		}
	}
	return e, nil
}

// entry reads a path's entry; ok is false when the path was never seen.
func (b *batch) entry(key []byte) (e entry, ok bool, err error) {
	v := b.paths.Get(key)
	if v == nil {
		return entry{}, false, nil
	}
	e, err = decodeEntry(v)
	return e, true, err
}

func (b *batch) setEntry(key []byte, e entry) error {
	v, err := e.encode()
	if err != nil {
		return err
	}
	b.touched()
	return b.paths.Put(key, v)
}

// follow keeps the path entry of a row whose path, stamps or fate changed. An entry that names another row is left alone: whoever moves a row to a
// path makes the entry name it first.
func (b *batch) follow(before, r row) error {
	moved := before.root != r.root || before.Path != r.Path
	if before.ID == 0 || r.URL != "" || !moved && before.sum() == r.sum() {
		return nil
	}
	if moved {
		if err := b.dropEntry(before); err != nil {
			return err
		}
	}
	key := pathKey(r.root, r.Path)
	e, ok, err := b.entry(key)
	if err != nil || !ok || e.id != r.ID {
		return err
	}
	return b.setEntry(key, entry{sum: r.sum(), id: r.ID})
}

// sum is what the path entry says of the row: 0 when its file is not there. Of a version that had changed when somebody opened it, it is a sum that this version
// has not: should it stand there again after all, as when folders change places and back, it is judged anew.
func (r row) sum() uint64 {
	switch {
	case r.gone != 0 || filedAway(r.Item):
		return 0
	case r.changed():
		return max(1, ^r.Print.Sum())
	}
	return r.Print.Sum()
}

func (r row) changed() bool { return r.Halt == state.Skipped && r.Reason == state.Changed }

// dropEntry removes the path entry that names this row.
func (b *batch) dropEntry(r row) error {
	if r.URL != "" || r.Path == "" {
		return nil
	}
	key := pathKey(r.root, r.Path)
	e, ok, err := b.entry(key)
	if err != nil || !ok || e.id != r.ID {
		return err
	}
	b.touched()
	return b.paths.Delete(key)
}
