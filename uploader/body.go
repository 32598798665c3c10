package uploader

import (
	"context"
	"crypto/sha256"
	"hash"
	"io"
	"sync/atomic"

	"github.com/florasync/florasync/internal/source"
)

// burst is the bandwidth limiter's bucket, and so the most that one read takes at once, in bytes.
const burst = 256 << 10

// body reads a file once from its start: exactly size bytes, then it looks for the end, with the digest on the way.
type body struct {
	wait   func(n int) error // for bandwidth
	moved  *atomic.Int64     // over all uploads
	in     *io.SectionReader
	size   int64
	n      int64
	ended  bool
	digest hash.Hash
	sent   *atomic.Int64
}

func (u *Uploader) newBody(ctx context.Context, file *source.File, size int64, sent *atomic.Int64) *body {
	wait := func(n int) error {
		if err := u.bytes.WaitN(ctx, n); err != nil {
			return context.Cause(ctx)
		}
		return nil
	}
	return &body{wait: wait, moved: &u.moved, in: io.NewSectionReader(file, 0, size+1), size: size, digest: sha256.New(), sent: sent}
}

// Read gives the next bytes. A file that is shorter or longer than the recorded size is an error before its last byte went out, so that storage
// never gets a whole body of it.
func (b *body) Read(p []byte) (int, error) {
	if b.n == b.size {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), burst, b.size-b.n)]
	if err := b.wait(len(p)); err != nil {
		return 0, err
	}
	n, err := b.in.Read(p)
	b.digest.Write(p[:n])
	b.n += int64(n)
	if b.n == b.size {
		if err := b.end(); err != nil {
			return 0, err
		}
		err = nil
	} else if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	b.sent.Add(int64(n))
	b.moved.Add(int64(n))
	return n, err
}

// end proves that the file ends here.
func (b *body) end() error {
	var one [1]byte
	n, err := b.in.Read(one[:])
	if n > 0 {
		return errGrown
	}
	if err != io.EOF {
		return err
	}
	b.ended = true
	return nil
}

// whole reports that exactly size bytes were read, and then the end.
func (b *body) whole() bool { return b.ended && b.n == b.size }

func (b *body) sum() (sum [32]byte) {
	b.digest.Sum(sum[:0])
	return sum
}
