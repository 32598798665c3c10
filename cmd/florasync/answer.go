package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/queue"
)

// either is whoever can answer: the daemon while one runs, else the record alone. A daemon may come or go while it is asked; then the other one is.
type either struct {
	stateDir string
	socket   string          // where the daemon answers who may not read its state directory; "" unknown
	alone    control.Service // nil: the record cannot be asked, see wrong
	wrong    error
	// live says that a daemon gave the last answer.
	live bool
}

var _ control.Service = (*either)(nil)

// answerTimeout is how long a daemon that is starting or stopping is waited for: it holds the record and does not answer.
const answerTimeout = 5 * time.Second

// answerPause is how long to wait before somebody is asked again.
const answerPause = 50 * time.Millisecond

// ask asks until somebody answers. All questions may be asked twice.
func (e *either) ask(do func(control.Service) error) error {
	for began := time.Now(); ; {
		s := e.alone
		b, ok := reach(e.stateDir, e.socket)
		if e.live = ok; ok {
			s = control.Dial(b.Socket)
		}
		if s == nil {
			return e.wrong
		}
		err := do(s)
		if !ok && errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("%w; the record is for florasync's own user, and root: try sudo", err)
		}
		if !errors.Is(err, queue.ErrLocked) && !errors.Is(err, control.ErrGone) {
			return err
		}
		switch foreign := errors.Is(err, control.ErrForeign); {
		case ok && (foreign || time.Since(began) > answerTimeout):
			return e.unanswered(b, do, err)
		case time.Since(began) > answerTimeout:
			return lockHolder(e.stateDir, err)
		}
		time.Sleep(answerPause)
	}
}

// unanswered asks the record when whoever listens does not answer: what daemon.json says may be out of date, and its socket somebody else's. While the record
// is held it is florasync that hangs.
func (e *either) unanswered(b beacon, do func(control.Service) error, gone error) error {
	if e.alone == nil {
		return gone
	}
	e.live = false
	err := do(e.alone)
	if errors.Is(err, control.ErrNoDaemon) { // which nobody asks the record for; is there none, or does it hang?
		err = cmp.Or(e.held(), err)
	}
	if !errors.Is(err, queue.ErrLocked) {
		return err
	}
	return hangs(b, gone)
}

// running finds the daemon that answers for the record; nil when none does, and nobody holds it. What listens where daemon.json says, and is no florasync,
// is nobody. Errors: the record is held by who does not answer, or is not for this user.
func (g *globals) running(ctx context.Context) (control.Service, error) {
	e, err := g.service()
	if err != nil {
		return nil, err
	}
	_, err = e.Status(ctx) // which everybody answers who answers at all
	b, ok := reach(e.stateDir, e.socket)
	switch {
	case e.live && ok:
		return control.Dial(b.Socket), nil
	case errors.Is(err, queue.ErrLocked), errors.Is(err, control.ErrGone), errors.Is(err, fs.ErrPermission), e.alone == nil:
		return nil, err
	}
	return nil, nil // whatever else is wrong with the record is told by who opens it
}

// hangs says of which process an answer is missing.
func hangs(b beacon, gone error) error {
	return fmt.Errorf("%w: process %d at %s; look at its log, and restart it", gone, b.PID, b.Socket)
}

// held returns the error of a record that somebody holds; nil when nobody does.
func (e *either) held() error {
	if _, err := e.alone.Status(context.Background()); errors.Is(err, queue.ErrLocked) {
		return err
	}
	return nil
}

func (e *either) Status(ctx context.Context) (v control.Status, err error) {
	err = e.ask(func(s control.Service) (err error) { v, err = s.Status(ctx); return err })
	return v, err
}

func (e *either) List(ctx context.Context, f control.Filter, after string, n int) (v control.Page, err error) {
	err = e.ask(func(s control.Service) (err error) { v, err = s.List(ctx, f, after, n); return err })
	return v, err
}

func (e *either) Explain(ctx context.Context, path string) (v control.Explanation, err error) {
	err = e.ask(func(s control.Service) (err error) { v, err = s.Explain(ctx, path); return err })
	return v, err
}

func (e *either) Retry(ctx context.Context, f control.Filter) (n int, err error) {
	err = e.ask(func(s control.Service) (err error) { n, err = s.Retry(ctx, f); return err })
	return n, err
}

func (e *either) Forget(ctx context.Context, f control.Filter, again bool) (n int, err error) {
	err = e.ask(func(s control.Service) (err error) { n, err = s.Forget(ctx, f, again); return err })
	return n, err
}

func (e *either) Pause(ctx context.Context, root string, until time.Time) error {
	return e.ask(func(s control.Service) error { return s.Pause(ctx, root, until) })
}

func (e *either) Resume(ctx context.Context, root string) error {
	return e.ask(func(s control.Service) error { return s.Resume(ctx, root) })
}

func (e *either) Upload(ctx context.Context, u control.Upload) (v []control.Item, err error) {
	err = e.ask(func(s control.Service) (err error) { v, err = s.Upload(ctx, u); return err })
	return v, err
}

func (e *either) Reload(ctx context.Context) (r control.Reloaded, err error) {
	err = e.ask(func(s control.Service) (err error) { r, err = s.Reload(ctx); return err })
	return r, err
}

func (e *either) SetLogLevel(ctx context.Context, level string) error {
	return e.ask(func(s control.Service) error { return s.SetLogLevel(ctx, level) })
}

func (e *either) Examine(ctx context.Context, offline bool) (all []control.Finding, err error) {
	err = e.ask(func(s control.Service) (err error) { all, err = s.Examine(ctx, offline); return err })
	return all, err
}

func (e *either) Check(ctx context.Context) (r control.Report, err error) {
	err = e.ask(func(s control.Service) (err error) { r, err = s.Check(ctx); return err })
	return r, err
}

// Backup writes the copy to w. A file is begun anew when a daemon ended while it copied, and the record alone answers then.
func (e *either) Backup(ctx context.Context, w io.Writer) error {
	return e.ask(func(s control.Service) error {
		if f, ok := w.(*os.File); ok {
			if _, err := f.Seek(0, io.SeekStart); err != nil {
				return err
			}
			if err := f.Truncate(0); err != nil {
				return err
			}
		}
		return s.Backup(ctx, w)
	})
}
