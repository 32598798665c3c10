package queue

import (
	"encoding/binary"
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

// vetter reads a file page by page and follows every pointer, staying inside the file. bbolt's own check runs in a goroutine of its own, where a
// pointer out of the file would be a fault that nobody can catch: it runs only on a file that passed here.
type vetter struct {
	r    io.ReaderAt
	size int // of a page
	high uint64
	seen map[uint64]bool
}

func vet(r io.ReaderAt, tx *bolt.Tx) error {
	v := &vetter{r: r, size: tx.DB().Info().PageSize, seen: make(map[uint64]bool)}
	root, freelist, err := v.meta(uint64(tx.ID()))
	if err != nil {
		return err
	}
	if freelist != ^uint64(0) {
		if err := v.freelist(freelist); err != nil {
			return err
		}
	}
	for todo := []uint64{root}; len(todo) > 0; {
		id := todo[len(todo)-1]
		more, err := v.page(id)
		if err != nil {
			return fmt.Errorf("%w: page %d: %w", ErrDamaged, id, err)
		}
		todo = append(todo[:len(todo)-1], more...)
	}
	return nil
}

// meta finds the transaction's meta page: the other one belongs to the commit before or after it.
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

// load reads a page with its overflow.
func (v *vetter) load(id uint64) (body []byte, flags uint16, count int, err error) {
	if id < 2 || id >= v.high {
		return nil, 0, 0, fmt.Errorf("is outside the file's %d pages", v.high)
	}
	head := make([]byte, pageHead)
	if _, err := v.r.ReadAt(head, int64(id)*int64(v.size)); err != nil {
		return nil, 0, 0, err
	}
	if self := binary.NativeEndian.Uint64(head); self != id {
		return nil, 0, 0, fmt.Errorf("says that it is page %d", self)
	}
	overflow := uint64(binary.NativeEndian.Uint32(head[12:]))
	if overflow >= v.high-id {
		return nil, 0, 0, fmt.Errorf("reaches over the file's end")
	}
	for i := id; i <= id+overflow; i++ {
		if v.seen[i] {
			return nil, 0, 0, fmt.Errorf("is used twice")
		}
		v.seen[i] = true
	}
	body = make([]byte, (overflow+1)*uint64(v.size))
	_, err = v.r.ReadAt(body, int64(id)*int64(v.size))
	return body, binary.NativeEndian.Uint16(head[8:]), int(binary.NativeEndian.Uint16(head[10:])), err
}

func (v *vetter) freelist(id uint64) error {
	body, flags, count, err := v.load(id)
	if err == nil && flags != pageFreelist {
		err = fmt.Errorf("is not the list of free pages")
	}
	n, at := uint64(count), uint64(pageHead)
	if err == nil && count == 0xffff { // then the first element is the count
		n, at = binary.NativeEndian.Uint64(body[pageHead:]), pageHead+8
	}
	if err == nil && n > (uint64(len(body))-at)/8 {
		err = fmt.Errorf("lists more free pages than fit")
	}
	if err != nil {
		return fmt.Errorf("%w: page %d: %w", ErrDamaged, id, err)
	}
	return nil
}

// page returns the pages that a branch or leaf page points at.
func (v *vetter) page(id uint64) ([]uint64, error) {
	body, flags, count, err := v.load(id)
	if err != nil {
		return nil, err
	}
	if flags != pageBranch && flags != pageLeaf {
		return nil, fmt.Errorf("is of no known kind (%#x)", flags)
	}
	return elements(body, flags, count)
}

// elements checks that every element of a page lies inside it.
func elements(body []byte, flags uint16, count int) (pages []uint64, err error) {
	if pageHead+count*pageElement > len(body) {
		return nil, fmt.Errorf("has more elements than fit")
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
		return 0, fmt.Errorf("its head is cut")
	}
	if page := binary.NativeEndian.Uint64(value); page != 0 {
		return page, nil
	}
	inline := value[16:]
	if len(inline) < pageHead {
		return 0, fmt.Errorf("its page is cut")
	}
	flags, count := binary.NativeEndian.Uint16(inline[8:]), int(binary.NativeEndian.Uint16(inline[10:]))
	if flags != pageLeaf {
		return 0, fmt.Errorf("its page is no leaf")
	}
	_, err := elements(inline, flags, count)
	return 0, err
}

func u32(b []byte) uint64 { return uint64(binary.NativeEndian.Uint32(b)) }
