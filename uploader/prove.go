package uploader

import (
	"context"
	"fmt"
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

// writerPatience is how long a row under way waits for a writer that appeared during the send; then it gives its place back and sends again later.
const (
	writerPatience = time.Minute
	writerLook     = 200 * time.Millisecond // at most between two looks
)

// prove decides whether what was sent is the version of the row (rule 2): the body was whole, the open descriptor is still the same file with the same
// stamps, and nobody has it open for writing.
func (r *row) prove(ctx context.Context, b *body, receipt flora.Receipt, unanswered bool) (*state.Outcome, error) {
	if !b.whole() {
		return nil, fmt.Errorf("storage took %d of %d bytes: %w", b.n, b.size, errShort)
	}
	sum := b.sum()
	if o, err := r.unwritten(ctx); o != nil || err != nil {
		return o, err
	}
	print, err := r.file.Print()
	if err != nil {
		return nil, err
	}
	if print != r.print {
		// A rename, a chmod or an unlink moves ctime only; so does a rewrite that put mtime back. The digest tells.
		if !print.SameFile(r.it.Print) {
			return r.other(ctx)
		}
		again, err := digestOf(ctx, r.file, b.size)
		if err != nil || again != sum {
			return r.other(ctx)
		}
		if now, err := r.file.Print(); err != nil || now != print {
			return r.other(ctx)
		}
	}
	o := state.Sent(sum, b.size)
	if unanswered {
		o = state.SentUnanswered(sum, b.size)
	}
	return is(o.By(receipt.Meta.RequestID, 0)), nil
}

var errShort = fmt.Errorf("a success before the whole body was sent")

// unwritten waits, holding no slot, until nobody has the file open for writing. Where that cannot be told, it stands in for it that the stamps have not moved since
// before the file settled, which the caller compares: whoever goes on after that writes another version.
func (r *row) unwritten(ctx context.Context) (*state.Outcome, error) {
	delay := busyFirst
	for began := time.Now(); ; {
		writers, err := r.file.Writers()
		if err != nil || writers != source.Some {
			return nil, err
		}
		print, err := r.file.Print()
		if err != nil {
			return nil, err
		}
		if !print.SameFile(r.it.Print) {
			return r.other(ctx)
		}
		if time.Since(began) > writerPatience {
			r.closeFile()
			return nil, waitFor(busyCap)
		}
		timer := time.NewTimer(delay)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, context.Cause(ctx)
		case <-timer.C:
		}
		delay = min(2*delay, writerLook)
	}
}
