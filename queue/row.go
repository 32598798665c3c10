package queue

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/fxamacker/cbor/v2"

	"github.com/florasync/florasync/state"
)

// row is an item with what only the record knows of it. On disk it is: root number with the layout's mark, finished sequence, gone since (three uvarints),
// then the item in CBOR (RFC 8949) without its root's name, so that renaming a root touches no row, and then zeros, if it is to grow.
type row struct {
	state.Item
	root rootID
	fin  uint64 // key in the finished bucket; 0: not settled
	gone uint64 // when its path vanished; 0: it stands, or we took it away ourselves
}

// secondsMark, added to the root number, says that times are numbers. In rows that were written before schema 4 they are text, to the nanosecond.
const secondsMark = 1 << 16

var (
	// A time takes 9 bytes, and 5 when it is a whole second, as FLORA's are; as text it takes 30, and a finished row has half a dozen.
	encoder = must(cbor.EncOptions{Time: cbor.TimeUnixDynamic}.UserBufferEncMode())
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

// encoding is what one row after the other is encoded with.
type encoding struct {
	item state.Item
	buf  bytes.Buffer
}

var encodings = sync.Pool{New: func() any { return new(encoding) }}

func (r row) encode() ([]byte, error) { return r.encodeWith(0) }

// encodeWith encodes the row and leaves room behind it.
func (r row) encodeWith(room int) ([]byte, error) {
	e := encodings.Get().(*encoding)
	defer encodings.Put(e)
	e.item, e.item.Root = r.Item, ""
	e.buf.Reset()
	for _, n := range []uint64{uint64(r.root) + secondsMark, r.fin, r.gone} {
		e.buf.Write(binary.AppendUvarint(e.buf.AvailableBuffer(), n))
	}
	if err := encoder.MarshalToBuffer(&e.item, &e.buf); err != nil {
		return nil, fmt.Errorf("encode %v: %w", r.ID, err)
	}
	b := make([]byte, e.buf.Len()+room)
	copy(b, e.buf.Bytes())
	return b, nil
}

// growth is how much longer a new row becomes until it is done: the name and type that were sent, the asset's id and URL, which ends in the name too, the
// digest, and a request id for each of three steps.
//
// A row is given that room when it is born. Without it the rows of a page outgrow it one by one, and each time it splits: pages are half empty in the end
// (measured: 1,000 bytes a row instead of 500), whatever the order in which files are finished.
func (r row) growth() int {
	if r.Settled() {
		return 0
	}
	return 2*len(r.Path.Base()) + 340
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
	rest, err := decoder.UnmarshalFirst(b, &r.Item)
	if err != nil || len(bytes.Trim(rest, "\x00")) > 0 {
		return r, fmt.Errorf("%v: %w: %w", id, errRow, ErrDamaged)
	}
	if r.ID != id {
		return r, fmt.Errorf("%v: %w: it says that it is %v: %w", id, errRow, r.ID, ErrDamaged)
	}
	r.root, r.fin, r.gone = rootID(head[0]), head[1], head[2]
	if head[0]&secondsMark != 0 {
		exact(&r.Item)
	}
	r.Root = name(r.root)
	return r, nil
}

// filedAway reports that the source was moved or deleted by us.
func filedAway(it state.Item) bool { return it.Away == state.AwayMoved || it.Away == state.AwayDeleted }

// absent reports a row whose file was not at its path when it was to be deleted, and so counts as deleted: somebody did, or a life of ours that died before it
// could say so; or it was renamed, moved out or unmounted unseen, and turns up again. It is known by its inode and birth, which no other file has after it.
func (r row) absent() bool {
	return r.Away == state.AwayDeleted && r.gone != 0 && r.Print.Inode != 0 && r.Print.Born != 0
}

// taken reports a row whose file is no more where anybody looks for it: we moved or deleted it, or nobody could tell that it is back.
func (r row) taken() bool { return filedAway(r.Item) && !r.absent() }

// early reports a row that moves and whose bytes were not proven yet: it needs its file.
func early(it state.Item) bool { return it.Halt == state.None && it.Phase <= state.Reserved }

// here reports a row whose file may stand at its path, and be known again by its identity. What was skipped because it vanished or changed is over,
// unless its content was suspected to be known: whatever turns up with its identity is suspected of the same.
func (r row) here() bool {
	over := r.Prev == 0 && r.Halt == state.Skipped && (r.Reason == state.Gone || r.Reason == state.Changed)
	return r.gone == 0 && r.URL == "" && r.Print.Inode != 0 && !over && !filedAway(r.Item)
}

// lost reports a row that waits for its file to be found again, by a scan: nobody scans for what was named by hand.
func (r row) lost() bool { return r.gone != 0 && r.root != 0 && early(r.Item) }

// due reports whether the row stands in the due index.
func (r row) due() bool { return !r.Settled() && !r.lost() }

func (r row) lane() laneKey  { return laneOf(r.root, r.Lane().Size) }
func (r row) dueKey() []byte { return dueKey(r.lane(), nanos(r.Due), r.ID) }
