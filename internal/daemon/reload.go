package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/internal/telemetry"
	"github.com/florasync/florasync/state"
)

// Reload reads the configuration again and puts it in force: all of it, or, when anything is wrong with it or cannot be changed while florasync runs,
// nothing. What is under way is finished as it was begun, but for project, after and move_to, which count when their turn comes. The service manager is told that it
// happens (sd_notify(3), RELOADING=1), the log how it ended.
//
// Errors: [control.ErrInput] for a configuration that is refused, [control.ErrBusy] while florasync stops or its record takes no change.
func (d *Daemon) Reload(ctx context.Context) (control.Reloaded, error) {
	select {
	case <-ctx.Done():
		return control.Reloaded{}, ctx.Err()
	case <-d.reloading:
	}
	defer func() { d.reloading <- struct{}{} }()
	if _, ready := d.StatusLine(ctx); ready { // else it was not said yet that start-up is over
		telemetry.NotifyReloading()
		defer func() { _ = telemetry.NotifyReady() }() // nobody to tell is no error
	}
	done, err := d.reload(ctx)
	if err != nil {
		d.o.Observer.Noticed(state.Notice{Event: state.ConfigRefused, Err: err})
		return control.Reloaded{}, err
	}
	hint := "nothing changed"
	if len(done.Changed) > 0 {
		hint = "changed: " + strings.Join(done.Changed, ", ")
	}
	d.o.Observer.Noticed(state.Notice{Event: state.ConfigReloaded, Hint: hint})
	return done, nil
}

func (d *Daemon) reload(ctx context.Context) (done control.Reloaded, err error) {
	next, done, err := d.readAgain()
	if err != nil {
		return done, err
	}
	o := d.o
	o.Config = next
	roots, err := rewire(o, d.roots)
	if err != nil {
		return done, told{err, control.ErrInput}
	}
	ctx = context.WithoutCancel(ctx) // whoever asked may go: what is begun ends
	if err := d.enter(ctx, roots); err != nil {
		return done, err
	}
	// From here on nothing can be refused any more. The routes are there before anything is told of a new root.
	before := d.roots.inUse()
	d.roots.take(roots)
	for _, a := range before {
		if !slices.Contains(roots.accounts, a) {
			a.Retire()
		}
	}
	if err := d.watcher.SetRoots(d.roots.watched()); err != nil {
		return done, err // what parsed in rewire parses here
	}
	d.uploader.SetLimits(limits(next))
	if err := d.setLevel(next.Log.Level); err != nil {
		return done, err // config has checked the word
	}
	d.denials.forgetChanged(d.config.Load(), next)
	d.config.Store(next)
	d.roots.each(func(r *root) { err = errors.Join(err, d.rejudge(ctx, r)) })
	if err != nil { // the record is tried again by itself, and the sum of the rules still says that it is due
		done.Warnings = append(done.Warnings, "files that the old rules skipped are judged anew at the next start: "+err.Error())
	}
	if err := d.unlink(ctx, d.roots); err != nil { // costs room until then
		done.Warnings = append(done.Warnings, "contents that are not linked any more leave the record at the next start: "+err.Error())
	}
	return done, nil
}

// readAgain reads the configuration and says what is new in it. Everything an operator can do wrong is found here.
func (d *Daemon) readAgain() (next *config.Config, done control.Reloaded, err error) {
	switch {
	case d.o.Load == nil:
		return nil, done, told{errors.New("this florasync was started without a configuration that could be read again"), control.ErrInput}
	case d.draining.Load():
		return nil, done, told{errors.New("florasync is stopping; the configuration counts from the next start"), control.ErrBusy}
	}
	if trouble, bad := d.trouble(); bad {
		return nil, done, told{fmt.Errorf("%s: %s; reload again when that is over", trouble.Code, trouble.Message), control.ErrBusy}
	}
	if next, err = d.o.Load(); err == nil {
		err = next.RequireRoots()
	}
	if err != nil {
		return nil, done, told{err, control.ErrInput}
	}
	done.Changed = []string{}
	var fixed []string
	for _, c := range config.Changes(d.config.Load(), next) {
		done.Changed = append(done.Changed, c.Key)
		if c.Fixed {
			fixed = append(fixed, c.Key)
		}
	}
	if len(fixed) > 0 {
		return nil, done, told{fmt.Errorf("%s cannot be changed while florasync runs: restart it", strings.Join(fixed, ", ")), control.ErrInput}
	}
	done.Warnings, err = Vet(next)
	if err != nil {
		err = told{err, control.ErrInput}
	}
	return next, done, err
}

// Vet looks at the disk: what is wrong there and may heal is returned as warnings, with those of the configuration; what florasync cannot work with is
// the error.
func Vet(c *config.Config) (warnings []string, err error) {
	warnings = []string{}
	for _, f := range c.CheckDisk() {
		if f.Fatal {
			err = errors.Join(err, errors.New(f.String()))
		} else {
			warnings = append(warnings, f.String())
		}
	}
	return append(warnings, c.Warnings...), err
}

// Config returns the configuration in force.
func (d *Daemon) Config() *config.Config { return d.config.Load() }

// setLevel changes the least level that is logged.
func (d *Daemon) setLevel(word string) error {
	if d.o.Log == nil {
		return nil
	}
	level, err := telemetry.ParseLevel(word)
	if err != nil {
		return told{err, control.ErrInput}
	}
	d.o.Log.SetLevel(level)
	return nil
}

// Reload puts the configuration in force again.
func (s *service) Reload(ctx context.Context) (control.Reloaded, error) {
	if s.live == nil {
		return control.Reloaded{}, fmt.Errorf("%w: the configuration is read when it starts", control.ErrNoDaemon)
	}
	return s.live.Reload(ctx)
}

// SetLogLevel changes the least level that is logged, until the next reload or start.
func (s *service) SetLogLevel(_ context.Context, word string) error {
	if s.live == nil {
		return fmt.Errorf("%w: it logs as log.level says when it starts", control.ErrNoDaemon)
	}
	if err := s.live.setLevel(word); err != nil {
		return err
	}
	s.o.Observer.Noticed(state.Notice{Event: state.LogLevel, Hint: word + ", until the next reload or start"})
	return nil
}
