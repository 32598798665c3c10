package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader"
	"github.com/florasync/florasync/watcher"
)

// Daemon is the whole program but for its command line. Open one, Run it once, Close it.
type Daemon struct {
	o         Options
	roots     *roots
	queue     *queue.Queue
	watcher   *watcher.Watcher
	uploader  *uploader.Uploader
	started   time.Time
	draining  atomic.Bool
	rate      rate
	unwritten *unwritten
	denials   *denials
	pace      *pace
	record    fs.FileInfo // of the record's file, when it was opened

	reloading chan struct{}                 // holds a token while nobody reloads
	config    atomic.Pointer[config.Config] // in force
}

// Open opens the record and composes the rooms. Nothing moves before Run. Errors: those of queue.Open, and what is wrong with the configuration.
func Open(ctx context.Context, o Options) (*Daemon, error) {
	r, err := wire(o)
	if err != nil {
		return nil, err
	}
	d := &Daemon{o: o, roots: r, started: time.Now(), denials: newDenials(o.Observer), reloading: make(chan struct{}, 1)}
	d.pace = &pace{Observer: d.denials}
	d.unwritten = newUnwritten(d.pace)
	d.reloading <- struct{}{}
	d.config.Store(o.Config)
	d.queue, err = openRecord(ctx, queue.Options{Path: RecordPath(o.Config.StateDir), Create: true, NoSync: o.NoSync, Observer: d.unwritten, Machine: machine()})
	if err != nil {
		return nil, err
	}
	d.record, err = os.Stat(RecordPath(o.Config.StateDir))
	if err == nil {
		err = handOver(RecordPath(o.Config.StateDir))
	}
	if err == nil {
		err = d.compose(ctx)
	}
	if err != nil {
		d.queue.Close()
		return nil, err
	}
	return d, nil
}

func (d *Daemon) compose(ctx context.Context) error {
	err := d.enter(ctx, d.roots)
	if err == nil {
		err = d.unlink(ctx, d.roots)
	}
	d.roots.each(func(r *root) {
		if err == nil {
			err = d.rejudge(ctx, r)
		}
	})
	if err != nil {
		return err
	}
	watched := d.roots.watched()
	if d.o.HandOnly {
		watched = nil
	}
	d.watcher, err = watcher.New(watcher.Options{Roots: watched, Record: &intake{queue: d.queue, roots: d.roots}, Observer: d.o.Observer, NewHints: d.o.Hints,
		Growing: d.o.Growing})
	if err != nil {
		return err
	}
	d.uploader, err = uploader.New(uploader.Options{Queue: record{d.queue}, Roots: d.roots, Observer: d.o.Observer, Machine: d.queue.Machine(),
		Limits: limits(d.o.Config), Look: d.look, Leftover: d.watcher.Leftover, Fatal: fatal, Jitter: d.o.Jitter})
	return err
}

func limits(c *config.Config) uploader.Limits {
	u := c.Upload
	return uploader.Limits{Concurrency: u.Concurrency, MaxAttempts: u.MaxAttempts, RequestsPerMinute: u.RequestsPerMinute, Bandwidth: u.Bandwidth}
}

// fatal reports errors of the record that no waiting mends.
func fatal(err error) bool {
	return errors.Is(err, queue.ErrDamaged) || errors.Is(err, queue.ErrClosed)
}

// look answers the uploader's hint that a file is not what its row says. For what was named by hand there is no watcher: nobody looks.
func (d *Daemon) look(root string, p state.Path) {
	if root != "" {
		d.watcher.Look(root, p)
	}
}

// WithHints makes the options use the kernel's events.
func (o Options) WithHints() Options {
	o.Hints = func() (watcher.Hints, error) { return watcher.NewFSHints() }
	return o
}

// keyInterval is how often the sources of API keys are looked at: a stat each.
const keyInterval = 5 * time.Second

// Run watches and uploads until claim ends, lets the work under way finish until work ends, and returns when everything has stopped. Errors: damage of the
// record, and those of the uploader; nil when claim ended it.
func (d *Daemon) Run(claim, work context.Context) error {
	var all sync.WaitGroup
	errs := make(chan error, 3)
	claim, stop := context.WithCancel(claim)
	defer stop()
	start := func(run func() error) {
		all.Go(func() {
			if err := run(); err != nil {
				errs <- err
				stop()
			}
		})
	}
	start(func() error { return d.watcher.Run(claim) })
	start(func() error { return d.uploader.Run(claim, work) })
	start(func() error { return d.unwritten.damage(claim) })
	all.Go(func() { d.lookAtRecord(claim) })
	all.Go(func() { d.lookAtKeys(claim) })
	all.Go(func() { d.rate.run(claim, func() int64 { return d.uploader.Status().Moved }) })
	<-claim.Done()
	d.draining.Store(true)
	all.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}

// Stopping notes that a stop has begun, before anybody is told: from here on no reload puts anything in force. Run notes the end of its claim by itself.
func (d *Daemon) Stopping() { d.draining.Store(true) }

// Serve answers on the socket until ctx ends.
func (d *Daemon) Serve(ctx context.Context, l net.Listener) error {
	return control.Serve(ctx, l, d.Service(), d.o.Config.Server.SocketGroup != "")
}

func (d *Daemon) lookAtKeys(ctx context.Context) {
	tick := time.NewTicker(keyInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			for _, a := range d.roots.inUse() {
				a.key.Look()
			}
		}
	}
}

// Damage returns the damage of the record that was met, also after Run had been stopped, and its cure; nil when none was. Ask it after Close.
func (d *Daemon) Damage() error {
	if err := d.unwritten.met(); err != nil {
		return curable(fmt.Errorf("%s: %w", RecordPath(d.o.Config.StateDir), err))
	}
	return nil
}

// Close closes the record. Call it after Run has returned.
func (d *Daemon) Close() error {
	d.roots.close()
	return d.queue.Close()
}

// Service answers beside the running daemon.
func (d *Daemon) Service() control.Service {
	return &service{o: d.o, roots: d.roots, rec: held{d.queue}, live: d}
}

// CheckKeys reports the first account without a usable key.
func (d *Daemon) CheckKeys() error {
	for _, a := range d.roots.inUse() {
		if _, err := a.key.Key(); err != nil && d.uses(a) {
			return err
		}
	}
	return nil
}

// uses reports whether any root, or something named by hand, needs the account.
func (d *Daemon) uses(a *account) bool {
	used, roots := d.o.HandOnly, 0
	d.roots.each(func(r *root) {
		used = used || r.upload.Account == a.Account
		roots++
	})
	return used || roots == 0
}

// Held reports that something waits, and that nothing can be done about any of it for minutes: a back-off, or a pause.
func (d *Daemon) Held(ctx context.Context) (bool, error) {
	now := time.Now()
	due, ok, err := d.queue.NextDue(ctx, now)
	return ok && due.After(now.Add(onceFar)), err
}

// Waiting reports whether anything the record holds may move by itself, now or later.
func (d *Daemon) Waiting(ctx context.Context) (bool, error) {
	_, ok, err := d.queue.NextDue(ctx, time.Now())
	return ok, err
}
