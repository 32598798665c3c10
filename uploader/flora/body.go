package flora

import (
	"errors"
	"io"
	"sync/atomic"
	"time"
)

var errRevoked = errors.New("the request is over")

// uploadBody streams head, exactly size bytes of file, and tail.
//
// net/http may still read a body after it answered, on a goroutine of its own. revoke ends that: it waits for a read under way, and
// then no further read reaches the caller's reader. The turn is a channel and not a mutex so that waiting for it is visible to
// testing/synctest.
type uploadBody struct {
	head, tail []byte
	file       io.Reader
	size       int64

	turn    chan struct{} // holds one token; whoever has it may touch the fields below
	revoked bool
	stage   int   // 0 head, 1 file, 2 tail, 3 end
	off     int64 // within the stage
	err     error // of the caller's reader, sticky

	handed atomic.Int64 // bytes given to the transport
	moved  atomic.Int64 // of them, those the transport had written when it asked for more
	caller callerTime
	failed atomic.Pointer[ReadError]
}

func newUploadBody(frame formFrame, file io.Reader, size int64) *uploadBody {
	b := &uploadBody{head: frame.head, tail: frame.tail, file: file, size: size, turn: make(chan struct{}, 1)}
	b.turn <- struct{}{}
	return b
}

func (b *uploadBody) length() int64 { return int64(len(b.head)) + b.size + int64(len(b.tail)) }

// Read implements io.Reader for net/http.
func (b *uploadBody) Read(p []byte) (int, error) {
	<-b.turn
	defer func() { b.turn <- struct{}{} }()
	b.moved.Store(b.handed.Load())
	if b.revoked {
		return 0, errRevoked
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := b.next(p)
	b.handed.Add(int64(n))
	return n, err
}

func (b *uploadBody) next(p []byte) (int, error) {
	for {
		var n int
		switch b.stage {
		case 0:
			n = copy(p, b.head[b.off:])
			b.step(n, int64(len(b.head)))
		case 1:
			if b.off < b.size {
				return b.readFile(p[:min(int64(len(p)), b.size-b.off)])
			}
			b.step(0, b.size)
		case 2:
			n = copy(p, b.tail[b.off:])
			b.step(n, int64(len(b.tail)))
		default:
			return 0, io.EOF
		}
		if n > 0 {
			return n, nil
		}
	}
}

func (b *uploadBody) step(n int, length int64) {
	b.off += int64(n)
	if b.off >= length {
		b.stage, b.off = b.stage+1, 0
	}
}

// readFile reads from the caller. An end before size bytes, or a reader that breaks io.Reader's rules, is a ReadError.
func (b *uploadBody) readFile(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	for range 100 {
		n, err := b.timedRead(p)
		if n < 0 || n > len(p) {
			return 0, b.fail(errors.New("reader returned an impossible count"))
		}
		b.off += int64(n)
		if err != nil && b.off < b.size {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			err = b.fail(err)
			if n > 0 {
				err = nil // the next read tells
			}
			return n, err
		}
		if n > 0 {
			return n, nil
		}
	}
	return 0, b.fail(io.ErrNoProgress)
}

func (b *uploadBody) timedRead(p []byte) (int, error) {
	b.caller.begin()
	defer b.caller.end()
	return b.file.Read(p)
}

func (b *uploadBody) fail(err error) error {
	e := &ReadError{Got: b.off, Want: b.size, Err: err}
	b.err = e
	b.failed.Store(e)
	return e
}

// Close implements io.Closer. It does nothing: revoke is what ends reading.
func (b *uploadBody) Close() error { return nil }

// revoke waits for a read under way and lets no other one begin.
func (b *uploadBody) revoke() {
	<-b.turn
	b.revoked = true
	b.turn <- struct{}{}
}

// fileMoved is how many bytes of the file the transport took and asked for more after, or all of them once whole.
func (b *uploadBody) fileMoved(whole bool) int64 {
	if whole {
		return b.size
	}
	return min(max(b.moved.Load()-int64(len(b.head)), 0), b.size)
}

// progress implements mover.
func (b *uploadBody) progress() (int64, time.Duration) {
	return b.moved.Load(), b.caller.spent()
}
