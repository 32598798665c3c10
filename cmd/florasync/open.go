package main

import (
	"context"
	"errors"
	"net"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/daemon"
)

// opened is a daemon that may begin: it holds the record, has its keys, and listens for commands.
type opened struct {
	*daemon.Daemon
	socket net.Listener
	config *config.Config
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
	socket, err := openSocket(o.Config)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return &opened{Daemon: d, socket: socket, config: o.Config}, nil
}

// close lets go of the record, after the beacon that leads to its daemon.
func (o *opened) close() error {
	closeSocket(o.config)
	return o.Close()
}
