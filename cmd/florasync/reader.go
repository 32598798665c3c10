package main

import (
	"context"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// readerInterval is how often it is looked whether somebody still reads, in milliseconds.
const readerInterval = 300

// whileRead returns a context that ends when nobody reads standard output any more, as after `| head -1`: a program that follows writes seldom, and would
// only learn of it then. stop ends the looking.
func whileRead(ctx context.Context) (reading context.Context, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var looking sync.WaitGroup
	looking.Go(func() {
		for ctx.Err() == nil {
			fds := []unix.PollFd{{Fd: int32(os.Stdout.Fd())}} // asked for nothing, it tells of errors: poll(2)
			n, err := unix.Poll(fds, readerInterval)
			if err == nil && n > 0 && fds[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0 {
				cancel()
			}
			if err == nil && n > 0 && fds[0].Revents&unix.POLLNVAL != 0 {
				return // closed from the start: whoever writes is told
			}
		}
	})
	return ctx, func() {
		cancel()
		looking.Wait()
	}
}
