package main

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/internal/telemetry"
)

// heapFloor is memory that the garbage collector counts and nobody ever touches, so that it takes none: what lives in this program is a few MiB, and at
// twice that a collection would be due a hundred times a second. Measured: a third of the processor time of small files. GOGC alone would let a large
// folder's first scan grow by as much again, and GOMEMLIMIT would have the collector run all the time above it.
const heapFloor = 16 << 20

// supervise runs the daemon with its socket and its progress lines until a signal, or with --once until nothing is left, and returns the exit code.
func supervise(g *globals, f *runFlags, d *daemon.Daemon, s *stopping, log *telemetry.Telemetry, l, health net.Listener, hup <-chan os.Signal) error {
	floor := make([]byte, heapFloor)
	defer runtime.KeepAlive(floor)
	var side sync.WaitGroup
	beside, stop := context.WithCancel(context.Background())
	serving := make(chan error, 2)
	side.Go(func() { serving <- d.Serve(beside, l) })
	side.Go(func() {
		if health == nil {
			serving <- nil
			return
		}
		serving <- d.ServeHealth(beside, health)
	})
	side.Go(func() { reloadAt(beside, hup, d) })
	side.Go(func() { telemetry.NewProgress(log, d.Progress).Run(beside) })
	side.Go(func() { telemetry.NotifyLoop(beside, d.StatusLine) })
	side.Go(func() { telemetry.NotifyAlive(beside, os.Stderr, d.Alive) })
	code, codeErr := make(chan int, 1), make(chan error, 1)
	if f.once {
		side.Go(func() {
			n, err := onceOrTimeout(s.claim, d, f.timeout)
			code <- n
			codeErr <- err
			s.end()
		})
	}
	runErr := d.Run(s.claim, s.work)
	result := exitWell
	if f.once {
		result = <-code
		if err := <-codeErr; err != nil && !errors.Is(err, context.Canceled) {
			runErr = errors.Join(runErr, err)
		}
	}
	stop()
	side.Wait()
	if err := errors.Join(runErr, <-serving, <-serving); err != nil {
		return err
	}
	if n, caught := s.code(); caught {
		result = n
	}
	if result != exitWell {
		return exitWith(result, onceSays(g, d, result))
	}
	return nil
}

func onceOrTimeout(ctx context.Context, d *daemon.Daemon, timeout time.Duration) (int, error) {
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	code, err := d.Once(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return exitTimeout, nil
	}
	return code, err
}

// onceSays is the one line that goes with an exit code.
func onceSays(g *globals, d *daemon.Daemon, code int) error {
	status, err := d.Service().Status(context.Background())
	if err != nil {
		return err
	}
	switch code {
	case exitFailed:
		return errors.New("some files failed: " + g.typed("list --state failed") + "; " + g.typed("retry --failed") + " tries them again")
	case exitRefused:
		for _, r := range status.Reasons {
			return errors.New(r.Code + ": " + r.Message + "; " + r.Hint)
		}
		return errors.New("FLORA refuses")
	case exitTimeout:
		for _, r := range status.Reasons {
			return errors.New(r.Code + ": " + r.Message + "; the next run goes on")
		}
		return errors.New("something still waits; the next run goes on: " + g.typed("list --state waiting"))
	}
	return nil
}
