package uploader

import (
	"context"
	"errors"
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
		// The new version may have come while this one was at FLORA, which then failed it: its row sends what stands here.
		over, err := r.u.opt.Queue.Superseded(ctx, r.it.ID)
		if err != nil {
			return nil, err
		}
		if over {
			return r.other(ctx)
		}
		r.lookAt()
	}
	return nil, r.busy()
}

// missing handles a path where nothing stands. For a watched root the watcher decides what that means: the row may have moved.
func (r *row) missing(ctx context.Context) (*state.Outcome, error) {
	if err := r.reread(ctx); err != nil {
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
	if err := r.reread(ctx); err != nil {
		return nil, err
	}
	r.look()
	return is(state.Skip(state.Changed, "the file changed before it was uploaded")), nil
}

// misread handles a file that ended before its size, or went on behind it. When its status is what it was at the opening it is no other version: its file system
// misstates its length, as some do that make a file up while it is read. Every look would find it as it was, and every send would end as this one: it is set
// aside, with the reason.
func (r *row) misread(ctx context.Context) (*state.Outcome, error) {
	if print, err := r.file.Print(); err == nil && print == r.print {
		return nil, errLength
	}
	return r.other(ctx)
}

// errLength: see misread.
var errLength = errors.New("its file system tells another size than it has bytes")

// errMoved ends a step because the row was pointed at its file anew: what the step knew of the file is out of date, and it is taken again.
var errMoved = errors.New("the row was pointed at its file anew")

// reread returns errMoved when the record has moved the row or taken over new stamps since it was claimed; the row is then as the record has it.
func (r *row) reread(ctx context.Context) error {
	it, ok, err := r.u.opt.Queue.Get(ctx, r.it.ID)
	if err != nil {
		return err
	}
	if !ok {
		return waitUntil(time.Time{})
	}
	moved := it.Path != r.it.Path || it.Root != r.it.Root || it.Print != r.it.Print
	if it.Rev != r.it.Rev || !moved {
		return nil
	}
	root, ok := r.u.opt.Roots.Root(it.Root)
	if !ok {
		return waitUntil(time.Time{})
	}
	r.closeFile()
	r.it, r.root = it, root
	return errMoved
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
