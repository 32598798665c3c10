package main

import (
	"context"
	"errors"
	"net"

	"github.com/florasync/florasync/internal/daemon"
)

// opened is a daemon that may begin: it holds the record, has its keys, and listens for commands.
type opened struct {
	*daemon.Daemon
	socket net.Listener
	beacon *lit
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
	return &opened{Daemon: d, socket: socket, beacon: beacon}, nil
}

// close lets go of the record, after the beacon that leads to its daemon.
func (o *opened) close() error {
	o.beacon.put()
	return o.Close()
}
