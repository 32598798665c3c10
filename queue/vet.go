package queue

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	bolt "go.etcd.io/bbolt"
)

// The layout of bbolt's pages (go.etcd.io/bbolt, internal/common: page.go, meta.go, bucket.go), in the machine's byte order.
const (
	pageHead     = 16 // id 8, flags 2, count 2, overflow 4
	pageElement  = 16
	pageBranch   = 0x01
	pageLeaf     = 0x02
	pageFreelist = 0x10
	leafBucket   = 0x01
	metaLen      = 64
)

// vetter reads a file page by page and follows every pointer, staying inside the file.
//
// What a guard cannot catch is found here, whenever a record is opened: a branch that leads back to itself, and a page that claims to be four billion
// pages long, make bbolt loop for ever; a page that is in use and listed as free is written over. That look is shallow: it reads the branches and the
// heads of the leaves, about a microsecond a page. The deep look of a check reads the elements too: bbolt's own check runs in a goroutine of its own,
// where a pointer out of the file would be a fault that kills the process, so it runs only on a file that passed here.
type vetter struct {
	r    io.ReaderAt
	deep bool
	size int // of a page
	high uint64
	used []uint64 // a bit a page
}

// node is a page to be looked at; top ones hold the buckets.
type node struct {
	id  uint64
	top bool
}

func vet(r io.ReaderAt, tx *bolt.Tx, deep bool) error {
	v := &vetter{r: r, deep: deep, size: tx.DB().Info().PageSize}
	root, freelist, err := v.meta(uint64(tx.ID()))
	if err != nil {
		return err
	}
	v.used = make([]uint64, v.high/64+1)
	for todo := []node{{root, true}}; len(todo) > 0; {
		n := todo[len(todo)-1]
		more, err := v.page(n)
		if err != nil {
			return fmt.Errorf("%w: page %d %w", ErrDamaged, n.id, err)
		}
		todo = append(todo[:len(todo)-1], more...)
	}
	if freelist == ^uint64(0) {
		return nil
	}
	if err := v.freelist(freelist); err != nil {
		return fmt.Errorf("%w: page %d %w", ErrDamaged, freelist, err)
	}
	return nil
}

// meta finds the transaction's meta page: the other one belongs to the commit before or after it. bbolt has compared its checksum.
func (v *vetter) meta(txid uint64) (root, freelist uint64, err error) {
	b := make([]byte, metaLen)
	for page := range int64(2) {
		if _, err := v.r.ReadAt(b, page*int64(v.size)+pageHead); err != nil {
			return 0, 0, fmt.Errorf("%w: read its head: %w", ErrDamaged, err)
		}
		if binary.NativeEndian.Uint64(b[48:]) == txid {
			v.high = binary.NativeEndian.Uint64(b[40:])
			return binary.NativeEndian.Uint64(b[16:]), binary.NativeEndian.Uint64(b[32:]), nil
		}
	}
	return 0, 0, fmt.Errorf("%w: no head of its last commit", ErrDamaged)
}

// pageInfo is the head of a page.
type pageInfo struct {
	flags    uint16
	count    int
	overflow uint64
}

// head reads the head of a page and notes that it, with its overflow, is in use.
func (v *vetter) head(id uint64) (p pageInfo, err error) {
	if id < 2 || id >= v.high {
		return p, fmt.Errorf("is outside the file's %d pages", v.high)
	}
	b := make([]byte, pageHead)
	if _, err := v.r.ReadAt(b, int64(id)*int64(v.size)); err != nil {
		return p, err
	}
	if self := binary.NativeEndian.Uint64(b); self != id {
		return p, fmt.Errorf("says that it is page %d", self)
	}
	p = pageInfo{binary.NativeEndian.Uint16(b[8:]), int(binary.NativeEndian.Uint16(b[10:])), u32(b[12:])}
	if p.overflow >= v.high-id {
		return p, errors.New("reaches over the file's end")
	}
	for i := id; i <= id+p.overflow; i++ {
		if v.isUsed(i) {
			return p, errors.New("is used twice")
		}
		v.used[i/64] |= 1 << (i % 64)
	}
	return p, nil
}

func (v *vetter) isUsed(id uint64) bool { return v.used[id/64]&(1<<(id%64)) != 0 }

func (v *vetter) body(id uint64, p pageInfo) ([]byte, error) {
	b := make([]byte, (p.overflow+1)*uint64(v.size))
	_, err := v.r.ReadAt(b, int64(id)*int64(v.size))
	return b, err
}

// freelist checks the list of free pages, after the pages in use are known.
func (v *vetter) freelist(id uint64) error {
	p, err := v.head(id)
	if err != nil {
		return err
	}
	if p.flags != pageFreelist {
		return errors.New("is not the list of free pages")
	}
	body, err := v.body(id, p)
	if err != nil {
		return err
	}
	n, at := uint64(p.count), uint64(pageHead)
	if p.count == 0xffff { // then the first element is the count
		n, at = binary.NativeEndian.Uint64(body[pageHead:]), pageHead+8
	}
	if n > (uint64(len(body))-at)/8 {
		return errors.New("lists more free pages than fit")
	}
	for i := range n {
		free := binary.NativeEndian.Uint64(body[at+8*i:])
		if free < 2 || free >= v.high || v.isUsed(free) {
			return fmt.Errorf("lists page %d as free", free)
		}
	}
	return nil
}

// page returns the pages that a branch or leaf page points at.
func (v *vetter) page(n node) ([]node, error) {
	p, err := v.head(n.id)
	if err != nil {
		return nil, err
	}
	if p.flags != pageBranch && p.flags != pageLeaf {
		return nil, fmt.Errorf("is of no known kind (%#x)", p.flags)
	}
	if p.flags == pageLeaf && !n.top && !v.deep {
		return nil, nil
	}
	body, err := v.body(n.id, p)
	if err != nil {
		return nil, err
	}
	ids, err := elements(body, p.flags, p.count)
	if err != nil {
		return nil, err
	}
	if p.flags == pageBranch && len(ids) == 0 {
		return nil, errors.New("is a branch that leads nowhere")
	}
	nodes := make([]node, len(ids))
	for i, id := range ids {
		nodes[i] = node{id, n.top && p.flags == pageBranch}
	}
	return nodes, nil
}

// elements checks that every element of a page lies inside it.
func elements(body []byte, flags uint16, count int) (pages []uint64, err error) {
	if pageHead+count*pageElement > len(body) {
		return nil, errors.New("has more elements than fit")
	}
	for i := range count {
		at := pageHead + i*pageElement
		e := body[at:]
		if flags == pageBranch {
			if end := uint64(at) + u32(e) + u32(e[4:]); end > uint64(len(body)) {
				return nil, fmt.Errorf("key %d lies outside", i)
			}
			pages = append(pages, binary.NativeEndian.Uint64(e[8:]))
			continue
		}
		value := uint64(at) + u32(e[4:]) + u32(e[8:])
		end := value + u32(e[12:])
		if end > uint64(len(body)) {
			return nil, fmt.Errorf("element %d lies outside", i)
		}
		if u32(e)&leafBucket == 0 {
			continue
		}
		page, err := bucketPage(body[value:end])
		if err != nil {
			return nil, fmt.Errorf("bucket %d: %w", i, err)
		}
		if page != 0 {
			pages = append(pages, page)
		}
	}
	return pages, nil
}

// bucketPage returns the root page of a bucket, or 0 for a small one, which lies inside its element.
func bucketPage(value []byte) (uint64, error) {
	if len(value) < 16 {
		return 0, errors.New("its head is cut")
	}
	if page := binary.NativeEndian.Uint64(value); page != 0 {
		return page, nil
	}
	inline := value[16:]
	if len(inline) < pageHead {
		return 0, errors.New("its page is cut")
	}
	flags, count := binary.NativeEndian.Uint16(inline[8:]), int(binary.NativeEndian.Uint16(inline[10:]))
	if flags != pageLeaf {
		return 0, errors.New("its page is no leaf")
	}
	_, err := elements(inline, flags, count)
	return 0, err
}

func u32(b []byte) uint64 { return uint64(binary.NativeEndian.Uint32(b)) }
