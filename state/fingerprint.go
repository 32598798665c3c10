package state

import (
	"encoding/binary"
	"hash/fnv"
)

// Fingerprint tells versions of a file apart without reading it: inode(7), statx(2). Times are nanoseconds since 1970, as the file system has them;
// Inode and Born are 0 where the file system keeps none that lasts.
type Fingerprint struct {
	Inode uint64 `cbor:"1,keyasint,omitempty"`
	Born  int64  `cbor:"2,keyasint,omitempty"`
	MTime int64  `cbor:"3,keyasint,omitempty"`
	CTime int64  `cbor:"4,keyasint,omitempty"`
	Size  int64  `cbor:"5,keyasint,omitempty"`
}

// Sum folds the fingerprint into the 8 bytes that the path index holds, so that an unchanged file never opens its row. It is never 0.
func (f Fingerprint) Sum() uint64 {
	var b [40]byte
	for i, v := range []uint64{f.Inode, uint64(f.Born), uint64(f.MTime), uint64(f.CTime), uint64(f.Size)} {
		binary.LittleEndian.PutUint64(b[8*i:], v)
	}
	h := fnv.New64a()
	h.Write(b[:])
	if s := h.Sum64(); s != 0 {
		return s
	}
	return 1
}

// SameFile reports whether f and g are one file that nobody wrote to, wherever it stands now: inode, birth time, size and mtime agree. ctime may
// differ, since a rename changes it. Without an inode the answer is no: a guess would carry a row to a stranger.
func (f Fingerprint) SameFile(g Fingerprint) bool {
	return f.Inode != 0 && f.Inode == g.Inode && f.Born == g.Born && f.Size == g.Size && f.MTime == g.MTime
}

// Verdict is what two fingerprints of one path say about its content.
type Verdict uint8

// The verdicts.
const (
	// Equal: nothing differs; it is the same version.
	Equal Verdict = iota
	// Doubt: same size, other stamps. A digest decides: stamps decide what to read, never what to send.
	Doubt
	// Different: the size differs; it is another version.
	Different
)

// Compare judges what stands at a path now against what is known of it.
func Compare(known, now Fingerprint) Verdict {
	switch {
	case known == now:
		return Equal
	case known.Size != now.Size:
		return Different
	}
	return Doubt
}
