package queue

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"github.com/florasync/florasync/state"
)

// row is an item with what only the record knows of it. On disk it is: root number, finished sequence, gone since (three uvarints), then the item
// in CBOR (RFC 8949) without its root's name, so that renaming a root touches no row.
type row struct {
	state.Item
	root rootID
	fin  uint64 // key in the finished bucket; 0: not settled
	gone uint64 // when its path vanished; 0: it stands, or what became of it is known
}

var (
	// Times keep their nanoseconds: a due time must be the one its index key says.
	encoder = must(cbor.EncOptions{Time: cbor.TimeRFC3339NanoUTC}.EncMode())
	// Names are bytes, not UTF-8.
	decoder = must(cbor.DecOptions{UTF8: cbor.UTF8DecodeInvalid}.DecMode())
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var errRow = errors.New("a row cannot be read")

func (r row) encode() ([]byte, error) {
	it := r.Item
	it.Root = ""
	body, err := encoder.Marshal(it)
	if err != nil {
		return nil, fmt.Errorf("encode %v: %w", r.ID, err)
	}
	head := make([]byte, 0, 16+len(body))
	head = binary.AppendUvarint(head, uint64(r.root))
	head = binary.AppendUvarint(head, r.fin)
	head = binary.AppendUvarint(head, r.gone)
	return append(head, body...), nil
}

func decodeRow(id state.ID, b []byte, name func(rootID) string) (row, error) {
	var r row
	var head [3]uint64
	for i := range head {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			return r, fmt.Errorf("%v: %w: its head is cut: %w", id, errRow, ErrDamaged)
		}
		head[i], b = v, b[n:]
	}
	if err := decoder.Unmarshal(b, &r.Item); err != nil {
		return r, fmt.Errorf("%v: %w: %w", id, errRow, ErrDamaged)
	}
	if r.ID != id {
		return r, fmt.Errorf("%v: %w: it says that it is %v: %w", id, errRow, r.ID, ErrDamaged)
	}
	r.root, r.fin, r.gone = rootID(head[0]), head[1], head[2]
	r.Root = name(r.root)
	return r, nil
}

// filedAway reports that the source was moved or deleted by us.
func filedAway(it state.Item) bool { return it.Away == state.AwayMoved || it.Away == state.AwayDeleted }

// early reports a row that moves and whose bytes were not proven yet: it needs its file.
func early(it state.Item) bool { return it.Halt == state.None && it.Phase <= state.Reserved }

// here reports a row whose file may stand at its path, and be known again by its identity. What was skipped because it vanished or changed is over,
// unless its content was suspected to be known: whatever turns up with its identity is suspected of the same.
func (r row) here() bool {
	over := r.Prev == 0 && r.Halt == state.Skipped && (r.Reason == state.Gone || r.Reason == state.Changed)
	return r.gone == 0 && r.URL == "" && r.Print.Inode != 0 && !over && !filedAway(r.Item)
}

// lost reports a row that waits for its file to be found again.
func (r row) lost() bool { return r.gone != 0 && early(r.Item) }

// due reports whether the row stands in the due index.
func (r row) due() bool { return !r.Settled() && !r.lost() }

func (r row) lane() laneKey  { return laneOf(r.root, state.PriorityOf(r.Print.Size)) }
func (r row) dueKey() []byte { return dueKey(r.lane(), nanos(r.Due), r.ID) }

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
