package uploader

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

const (
	// missingFirst … missingCap is how long a row whose file is not at its path waits: the watcher decides whether it moved or is gone.
	missingFirst = time.Second
	missingCap   = time.Minute
	// busyFirst … busyCap is how long a row waits whose file somebody writes to: about as long again as it has waited already.
	busyFirst = 10 * time.Millisecond
	busyCap   = 5 * time.Second
)

// open opens the row's file and makes sure that it is the version of the row and that nobody writes to it. An outcome says that it is not. A ctime
// alone makes no other version: a chmod or a rename moves it, and the record follows as soon as the watcher tells it (queue, Sight).
func (r *row) open(ctx context.Context) (*state.Outcome, error) {
	if r.file != nil {
		return nil, nil
	}
	file, err := r.root.Source.Open(r.it.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return r.missing(ctx)
	case errors.Is(err, source.ErrNotRegular):
		r.look()
		return is(state.Skip(state.Changed, "not a regular file any more")), nil
	case err != nil:
		return nil, err
	}
	r.file, r.digest = file, nil
	r.u.absent.forget(r.it.ID)
	if r.print, err = file.Print(); err != nil {
		return nil, err
	}
	if r.print != r.it.Print {
		if !r.print.SameFile(r.it.Print) {
			return r.other(ctx)
		}
		r.lookAt()
	}
	return nil, r.busy()
}

// missing handles a path where nothing stands. For a watched root the watcher decides what that means: the row may have moved.
func (r *row) missing(ctx context.Context) (*state.Outcome, error) {
	if moved, err := r.reread(ctx); moved || err != nil {
		return nil, err
	}
	if err := r.root.Source.Check(); err != nil {
		return nil, err
	}
	r.look()
	if r.it.Root == "" {
		return is(state.Skip(state.Gone, "the file is gone")), nil
	}
	return nil, waitFor(r.u.absent.next(r.it.ID))
}

// other handles a file that is not the version of the row: the row may have been pointed at it anew, else it is another version, which is a row of
// its own (rule 1).
func (r *row) other(ctx context.Context) (*state.Outcome, error) {
	if moved, err := r.reread(ctx); moved || err != nil {
		return nil, err
	}
	r.look()
	return is(state.Skip(state.Changed, "the file changed before it was uploaded")), nil
}

// reread looks whether the record has moved the row or taken over new stamps since it was claimed.
func (r *row) reread(ctx context.Context) (bool, error) {
	it, ok, err := r.u.opt.Queue.Get(ctx, r.it.ID)
	if err != nil {
		return false, err
	}
	if !ok {
		return false, waitUntil(time.Time{})
	}
	moved := it.Path != r.it.Path || it.Root != r.it.Root || it.Print != r.it.Print
	if it.Rev != r.it.Rev || !moved {
		return false, nil
	}
	root, ok := r.u.opt.Roots.Root(it.Root)
	if !ok {
		return false, waitUntil(time.Time{})
	}
	r.closeFile()
	r.it, r.root = it, root
	return true, nil
}

// look gives the file up and has the watcher look.
func (r *row) look() {
	r.closeFile()
	r.lookAt()
}

func (r *row) lookAt() {
	if r.u.opt.Look != nil {
		r.u.opt.Look(r.it.Root, r.it.Path)
	}
}

// busy waits, holding no slot, while somebody has the file open for writing.
func (r *row) busy() error {
	writers, err := r.file.Writers()
	if err != nil || writers != source.Some {
		r.u.busy.forget(r.it.ID)
		return err
	}
	r.closeFile()
	return waitFor(r.u.busy.next(r.it.ID))
}

// examine decides what the file is before anything is asked of FLORA: its size, its type by content, and, where its content may be known already, its
// digest. An outcome says that the row goes no further.
func (r *row) examine(ctx context.Context) (to state.Destination, o *state.Outcome, err error) {
	if o, err = r.open(ctx); o != nil || err != nil || r.file == nil {
		return to, o, err
	}
	if o := r.checkSize(); o != nil {
		return to, o, nil
	}
	kind, ok, err := sniff(io.NewSectionReader(r.file, 0, r.it.Print.Size), r.it.Path.Base())
	if err != nil {
		return to, nil, err
	}
	if !ok {
		return to, is(state.Skip(state.Type, "FLORA does not take "+kind)), nil
	}
	if o, err := r.compare(ctx); o != nil || err != nil {
		return to, o, err
	}
	route := r.root.Route
	if r.it.Root == "" { // named by hand: the command said where it goes
		route = state.Route{Workspace: r.it.To.Workspace, Folder: r.it.To.Folder}
	}
	to.Workspace, to.Folder = route.Resolve(r.it.Path)
	to.Folder, to.Name, to.Type = composed(to.Folder), sentName(r.it.Path.Base()), kind
	return to, nil, nil
}

func (r *row) checkSize() *state.Outcome {
	size := r.it.Print.Size
	switch {
	case size == 0:
		return is(state.Skip(state.Size, "the file is empty"))
	case r.it.Named:
	case size < r.root.MinSize:
		return is(state.Skip(state.Size, fmt.Sprintf("%d bytes, under min_size %d", size, r.root.MinSize)))
	case r.root.MaxSize > 0 && size > r.root.MaxSize:
		return is(state.Skip(state.Size, fmt.Sprintf("%d bytes, over max_size %d", size, r.root.MaxSize)))
	}
	return nil
}

// compare answers a doubt: stamps decide what to read, the digest decides what to send.
func (r *row) compare(ctx context.Context) (*state.Outcome, error) {
	if r.it.Prev == 0 {
		return nil, nil
	}
	older, ok, err := r.u.opt.Queue.Get(ctx, r.it.Prev)
	if err != nil {
		return nil, err
	}
	filed := older.Away == state.AwayMoved || older.Away == state.AwayDeleted
	if !ok || filed || !older.HasDigest() || older.Phase < state.Uploaded || older.Print.Size != r.it.Print.Size {
		return nil, nil
	}
	digest, o, err := r.readDigest(ctx)
	if o != nil || err != nil {
		return o, err
	}
	if digest == older.Digest {
		return is(state.SameAs(older.ID)), nil
	}
	return nil, nil
}

// readDigest reads the open file whole and proves that it did not change meanwhile.
func (r *row) readDigest(ctx context.Context) ([32]byte, *state.Outcome, error) {
	if r.digest != nil {
		return *r.digest, nil, nil
	}
	r.doing.Store("digest")
	sum, err := digestOf(ctx, r.file, r.it.Print.Size)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errGrown) {
		o, err := r.other(ctx)
		return sum, o, err
	}
	if err != nil {
		return sum, nil, err
	}
	print, err := r.file.Print()
	if err != nil {
		return sum, nil, err
	}
	if print != r.print {
		o, err := r.other(ctx)
		return sum, o, err
	}
	r.digest = &sum
	return sum, nil, nil
}

// errGrown: there are bytes behind the recorded size.
var errGrown = errors.New("the file is longer than it was")

// digestOf reads exactly size bytes and then the end.
func digestOf(ctx context.Context, file io.ReaderAt, size int64) (sum [32]byte, err error) {
	h := sha256.New()
	in := io.NewSectionReader(file, 0, size+1)
	n, err := io.Copy(h, readerFunc(func(p []byte) (int, error) {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		return in.Read(p)
	}))
	switch {
	case err != nil:
		return sum, err
	case n < size:
		return sum, io.ErrUnexpectedEOF
	case n > size:
		return sum, errGrown
	}
	h.Sum(sum[:0])
	return sum, nil
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
