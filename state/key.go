package state

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
)

// Machine identifies this machine in idempotency keys: an HMAC of /etc/machine-id (never the id itself, machine-id(5)), frozen in the record.
type Machine [16]byte

// keyHash hashes length-prefixed fields, so that no two lists of fields collide by shifting a border.
type keyHash struct{ h hash.Hash }

func (k keyHash) text(fields ...string) keyHash {
	for _, f := range fields {
		k.num(uint64(len(f)))
		k.h.Write([]byte(f))
	}
	return k
}

func (k keyHash) num(values ...uint64) keyHash {
	var b [8]byte
	for _, v := range values {
		binary.LittleEndian.PutUint64(b[:], v)
		k.h.Write(b[:])
	}
	return k
}

func (k keyHash) key() string { return "florasync-" + hex.EncodeToString(k.h.Sum(nil)[:16]) }

// ReservationKey returns the Idempotency-Key of a row's reservation (rule 6): a function of machine, frozen request body, absolute path or
// URL, fingerprint and generation. It is known before sending and the same after a crash or a lost record.
func ReservationKey(machine Machine, rootPath string, it Item) string {
	k := keyHash{sha256.New()}.text("reserve", string(machine[:]), it.To.Workspace, it.To.Folder, it.To.Name, it.To.Type, rootPath, string(it.Path), it.URL)
	p := it.Print
	return k.num(p.Inode, uint64(p.Born), uint64(p.MTime), uint64(p.CTime), uint64(p.Size), uint64(it.Generation)).key()
}

// AttachKey returns the Idempotency-Key of attaching a row's asset: a function of item, asset, project and the count on disk; of the row that lent its key, if one did.
func AttachKey(machine Machine, it Item, project string) string {
	k := keyHash{sha256.New()}.text("attach", string(machine[:]), it.AssetID, project)
	id, n := attachSender(it)
	return k.num(uint64(id), uint64(n)).key()
}

// attachSender is the row, and its count, that the key of a row's attach request is a function of.
func attachSender(it Item) (ID, uint16) {
	if it.Lender != 0 {
		return it.Lender, it.LenderN
	}
	return it.ID, it.AttachN
}
