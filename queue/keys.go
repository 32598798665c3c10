package queue

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"time"

	"github.com/florasync/florasync/state"
)

// Keys are big endian, so that byte order is number order.

// rootID numbers roots in the order they were added; 0 is the root "".
type rootID uint16

func key8(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func num8(b []byte) uint64 {
	if len(b) < 8 {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

// nanos is a time as keys hold it: 0 for the zero time, and for whatever lies before 1970.
func nanos(t time.Time) uint64 {
	if t.IsZero() {
		return 0
	}
	return uint64(max(0, t.UnixNano()))
}

func fromNanos(n uint64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(n)).UTC()
}

// pathMax bounds a path in the index: bbolt's keys end at 32768 bytes.
const pathMax = 32000

var errPath = errors.New("the path is empty, longer than 32000 bytes, or holds a zero byte")

func goodPath(p state.Path) bool {
	return p != "" && len(p) <= pathMax && strings.IndexByte(string(p), 0) < 0
}

// pathKey is root · directory · 0x00 · name: one directory lies together, in byte order.
func pathKey(root rootID, p state.Path) []byte {
	return append(dirKey(root, p.Dir()), p.Base()...)
}

// dirKey is what the keys of the names of one directory begin with.
func dirKey(root rootID, dir string) []byte {
	k := make([]byte, 0, len(dir)+32)
	k = binary.BigEndian.AppendUint16(k, uint16(root))
	return append(append(k, dir...), 0)
}

func splitPathKey(k []byte) (root rootID, dir, name string, ok bool) {
	if len(k) < 3 {
		return 0, "", "", false
	}
	root, k = rootID(binary.BigEndian.Uint16(k)), k[2:]
	i := bytes.IndexByte(k, 0)
	if i < 0 {
		return 0, "", "", false
	}
	return root, string(k[:i]), string(k[i+1:]), true
}

// laneKey is root · priority: the beginning of a due key.
type laneKey [3]byte

func laneOf(root rootID, size state.Priority) laneKey {
	return laneKey{byte(root >> 8), byte(root), byte(size)}
}

func (l laneKey) root() rootID         { return rootID(l[0])<<8 | rootID(l[1]) }
func (l laneKey) size() state.Priority { return state.Priority(l[2]) }

// dueKey is lane · due · sequence.
func dueKey(l laneKey, due uint64, id state.ID) []byte {
	k := binary.BigEndian.AppendUint64(append(make([]byte, 0, 19), l[:]...), due)
	return binary.BigEndian.AppendUint64(k, uint64(id))
}

func splitDueKey(k []byte) (due uint64, id state.ID) {
	if len(k) != 19 {
		panic("a due key is not 19 bytes long")
	}
	return num8(k[3:]), state.ID(num8(k[11:]))
}

// goneKey is inode · birth · sequence; the sequence 0 is a mark without a row.
func goneKey(p state.Fingerprint, id state.ID) []byte {
	k := binary.BigEndian.AppendUint64(make([]byte, 0, 24), p.Inode)
	k = binary.BigEndian.AppendUint64(k, uint64(p.Born))
	return binary.BigEndian.AppendUint64(k, uint64(id))
}

// filesKey is birth · inode · sequence: files are born one after the other, so that most new keys come behind all others, as the rows do.
func filesKey(p state.Fingerprint, id state.ID) []byte {
	k := binary.BigEndian.AppendUint64(make([]byte, 0, 24), uint64(p.Born))
	k = binary.BigEndian.AppendUint64(k, p.Inode)
	return binary.BigEndian.AppendUint64(k, uint64(id))
}

// lostKey is root · since · sequence.
func lostKey(root rootID, since uint64, id state.ID) []byte {
	k := binary.BigEndian.AppendUint16(make([]byte, 0, 18), uint16(root))
	k = binary.BigEndian.AppendUint64(k, since)
	return binary.BigEndian.AppendUint64(k, uint64(id))
}
