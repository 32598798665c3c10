package uploader

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/florasync/florasync/state"
)

// examine decides what the file is before anything is asked of FLORA: its size, its type by content, and, where its content may be known already, its
// digest. An outcome says that the row goes no further.
func (r *row) examine(ctx context.Context) (to state.Destination, o *state.Outcome, err error) {
	if o, err = r.open(ctx); o != nil || err != nil {
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
	o, err = r.link(ctx, to)
	return to, o, err
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
	originals, err := r.u.opt.Queue.Originals(ctx, r.it.ID)
	if err != nil || len(originals) == 0 {
		return nil, err
	}
	digest, o, err := r.readDigest(ctx)
	if o != nil || err != nil {
		return o, err
	}
	var deleted state.ID
	for _, older := range originals {
		switch {
		case older.Digest != digest, r.setAside(older):
		case older.Away != state.AwayDeleted:
			return is(state.SameAs(older.ID)), nil
		case deleted == 0:
			deleted = older.ID
		}
	}
	if deleted == 0 {
		return nil, nil
	}
	if other, err := r.anotherName(); err != nil || other {
		return nil, err
	}
	return is(state.SameAs(deleted)), nil
}

// anotherName reports that a row's file that counts as deleted may have been: ours has another name besides, under which it lives on.
func (r *row) anotherName() (bool, error) {
	links, err := r.file.Links()
	return links > 1, err
}

// readDigest reads the open file whole and proves that it did not change meanwhile.
func (r *row) readDigest(ctx context.Context) ([32]byte, *state.Outcome, error) {
	if r.digest != nil {
		return *r.digest, nil, nil
	}
	r.doing.Store("digest")
	sum, err := digestOf(ctx, r.file, r.it.Print.Size)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errGrown) {
		o, err := r.misread(ctx)
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
