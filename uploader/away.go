package uploader

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"syscall"
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

// fileAway does with the source what the configuration asks, now that the record says on disk that the asset is ready (promise 4).
func (r *row) fileAway(ctx context.Context) (*state.Outcome, error) {
	if !r.filesAway() {
		return is(state.FiledAway(state.AwayKept, "")), nil
	}
	r.doing.Store("file away")
	if !r.it.Agreed || r.it.Adopted { // what FLORA said of another row's asset may have been long ago, and people can delete there
		a, _, err := r.retrieve(ctx, r.it.AssetID)
		switch {
		case notFound(err):
			return r.gone(ctx, err)
		case err != nil:
			return nil, err
		case a.Status != flora.StatusReady:
			return r.keep("its asset is not ready any more at FLORA"), nil
		case !a.SizeKnown || a.SizeBytes != r.it.Sent:
			return r.keep("FLORA does not report the size that was sent"), nil
		}
	}
	r.closeFile()
	// Without its file the later row could not tell any more that it is this one, and has it open perhaps: it would be sent.
	if doubted, err := r.u.opt.Queue.Doubted(ctx, r.it.ID); err != nil {
		return nil, err
	} else if doubted {
		return nil, waitFor(r.u.absent.next(r.it.ID))
	}
	folder, err := r.root.Source.Identity()
	if err == nil {
		err = r.unchanged(ctx)
	}
	var p *pause
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if errors.As(err, &p) {
		return nil, err
	}
	var to string
	if err == nil {
		to, err = r.remove()
	}
	var dest *source.DestinationError
	switch {
	case err == nil && r.root.After == Move:
		return is(state.FiledAway(state.AwayMoved, to)), nil
	case err == nil:
		return is(state.FiledAway(state.AwayDeleted, "")), nil
	case errors.As(err, &dest): // also when it is not there: that says nothing of the file
		return r.denied(err), nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, source.ErrNotRegular): // a link on its way leads to nothing that is ours
		return r.sourceGone(ctx, folder)
	case errors.Is(err, source.ErrChanged):
		r.look()
		return r.keep("another version stands at its path"), nil
	case errors.Is(err, source.ErrWriter):
		return nil, waitFor(r.u.busy.next(r.it.ID))
	case errors.Is(err, source.ErrOffline):
		return nil, err
	}
	return r.denied(err), nil
}

// denied sets the row aside with what keeps its source from being moved or deleted. It goes on by itself.
func (r *row) denied(err error) *state.Outcome {
	f := classify(err, time.Now()).fault
	f.Class, f.Code, f.Hint = state.Local, string(state.MoveDenied), r.allow(err)
	return is(state.Later(time.Now().Add(r.u.local.next(r.it.ID)), &f))
}

// allow is the cure of what keeps a source from being moved or deleted.
func (r *row) allow(err error) string {
	from, to := state.Path(r.root.Source.Path()).Shown(), state.Path(r.root.MoveTo).Shown()
	switch {
	case errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ELOOP), errors.Is(err, syscall.ENODEV), errors.Is(err, syscall.ESTALE):
		return "make it, or mount what belongs there"
	case errors.Is(err, syscall.EXDEV):
		return to + " and " + from + " have to lie on one file system and one mount: look what is mounted there, or not"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "make room there"
	case errors.Is(err, syscall.EIO):
		return "look at its disk"
	case r.root.After == Move:
		return "let florasync's user write to " + from + " and " + to + " (systemd: ReadWritePaths=)"
	}
	return "let florasync's user write to " + from + " (systemd: ReadWritePaths=)"
}

// filesAway reports whether the source is to be moved or deleted: never a URL's, and never of a file named by hand.
func (r *row) filesAway() bool { return r.root.After != Keep && !r.fromURL() && r.it.Root != "" }

// unchanged makes sure that what stands at the path is what was sent. Stamps alone do not tell: a rewrite may put the modification time back, and the change
// time moves with a rename as well, which the record follows. So whatever moved it since the send has the file read again. That nothing stands there, or
// cannot be read, is remove's to judge.
func (r *row) unchanged(ctx context.Context) error {
	file, err := r.root.Source.Open(r.it.Path)
	if err != nil {
		return nil
	}
	defer file.Close()
	print, err := file.Print()
	if err != nil {
		return err
	}
	if writers, err := file.Writers(); err == nil && writers == source.Some {
		return waitFor(r.u.busy.next(r.it.ID))
	}
	r.u.busy.forget(r.it.ID)
	stamps := print
	stamps.CTime = r.it.Print.CTime
	if stamps != r.it.Print || r.untouched(print) { // remove sees what is another version by its stamps
		return nil
	}
	sum, err := digestOf(ctx, file, print.Size)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil || sum != r.it.Digest:
		return source.ErrChanged
	}
	if now, err := file.Print(); err != nil || now != print {
		return waitFor(writerLook)
	}
	return nil
}

// stampSlack is more than the change time of a file may lag behind the clock: a tick of the kernel.
const stampSlack = 100 * time.Millisecond

// untouched reports that nothing befell the file since before its bytes were sent, going by its change time, which nobody can set: it is the one the record has,
// and lies before the send. Either alone may mislead, where a row was pointed at its file anew and where the clock was set back. The clock of another machine's
// file system says nothing, nor does the send of an earlier record.
func (r *row) untouched(print state.Fingerprint) bool {
	if r.root.Source.Network() != "" || print.CTime != r.it.Print.CTime {
		return false
	}
	for _, t := range slices.Backward(r.it.Tries) {
		if t.Step == state.KindSent.String() {
			return print.CTime < t.At.Add(-t.Took-stampSlack).UnixNano()
		}
	}
	return false
}

func (r *row) remove() (to string, err error) {
	if r.root.After == Move {
		return r.root.Source.Move(r.it.Path, r.it.Print, r.root.MoveTo)
	}
	return "", r.root.Source.Remove(r.it.Path, r.it.Print)
}

// sourceGone: somebody filed it away, or a life of ours that died before it could say so; or it was renamed, or its folder is not mounted. The watcher
// tells those apart: only when it has told the record that the path vanished, and a scan that began later did not find the file elsewhere, it is gone.
//
// A scan says nothing of a directory that stands at the root's path since: an empty one, where nothing is mounted any more. folder is the one in which the file was
// not.
func (r *row) sourceGone(ctx context.Context, folder source.Identity) (*state.Outcome, error) {
	if err := r.reread(ctx); err != nil {
		return nil, err
	}
	if err := r.stands(folder); err != nil {
		return nil, err
	}
	gone, err := r.u.opt.Queue.Vanished(ctx, r.it.ID)
	switch {
	case err != nil:
		return nil, err
	case !gone:
		r.look()
		return nil, waitFor(r.u.absent.next(r.it.ID))
	}
	if o, err := r.finish(); o != nil || err != nil {
		return o, err
	}
	if err := r.stands(folder); err != nil { // also the leftover was looked for in it
		return nil, err
	}
	if r.root.After == Delete {
		return is(state.CountsAsDeleted()), nil
	}
	return r.keep("the file is not at its path any more"), nil
}

// stands makes sure that folder is what stands at the root's path, and what was scanned there; otherwise the watcher is to look.
func (r *row) stands(folder source.Identity) error {
	now, err := r.root.Source.Identity()
	if err != nil {
		return err
	}
	if inode, born := r.u.opt.Queue.Folder(r.it.Root); now != folder || inode != 0 && (inode != now.Inode || born != now.Born) {
		r.look()
		return waitFor(r.u.absent.next(r.it.ID))
	}
	return nil
}

func (r *row) keep(why string) *state.Outcome {
	r.u.opt.Observer.Noticed(state.Kept(r.it.Root, r.it.Path, why))
	return is(state.FiledAway(state.AwayKept, ""))
}
