package main

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/queue"
)

// opened is a daemon that may begin: it holds the record, has its keys, and listens for commands.
type opened struct {
	*daemon.Daemon
	socket   net.Listener
	beacon   *lit
	stateDir string
}

// openDaemon opens what run and upload need. Whoever serves the socket closes it; the rest is for close.
func openDaemon(ctx context.Context, o daemon.Options) (*opened, error) {
	d, err := daemon.Open(ctx, o)
	if err != nil {
		return nil, lockHolder(o.Config.StateDir, err)
	}
	if err := d.CheckKeys(); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	path, err := socketPath(o.Config)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	socket, err := openSocket(path, o.Config.Server.SocketGroup)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	beacon, err := lightBeacon(o.Config.StateDir, path)
	if err != nil {
		return nil, errors.Join(err, socket.Close(), d.Close())
	}
	return &opened{Daemon: d, socket: socket, beacon: beacon, stateDir: o.Config.StateDir}, nil
}

// close lets go of the record, after the beacon that leads to its daemon, and returns how the run ended that ended with err. A drain whose last commit fails
// did not end well: what it held is done again by the next run.
func (o *opened) close(err error) error {
	o.beacon.put()
	closed := o.Close()
	var e *exit
	drained := err == nil || errors.As(err, &e) && e.code > signalled
	switch damage := o.Damage(); {
	case drained && damage != nil:
		return damage
	case !drained, !errors.Is(closed, queue.ErrUnknown):
		return errors.Join(err, closed)
	}
	cure := "look at its disk"
	if noRoom(closed) {
		cure = "make room on its disk"
	}
	return exitWith(exitTimeout, fmt.Errorf("%s: %w: the last changes are not recorded; %s; the next run goes on", daemon.RecordPath(o.stateDir), closed, cure))
}
