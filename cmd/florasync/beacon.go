package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/florasync/florasync/internal/control"
)

// beacon is what a daemon writes into its state directory, so that commands find it.
type beacon struct {
	PID     int          `json:"pid"`
	Socket  string       `json:"socket"`
	Version string       `json:"version"`
	Started control.Time `json:"started_at"`
}

const beaconFile = "daemon.json"

// lit is a beacon that is there, or will be when there is room for it.
type lit struct {
	path  string
	stop  context.CancelFunc
	ended chan struct{}
}

// beaconRetry is how often a beacon is written again for which there was no room.
const beaconRetry = time.Second

// lightBeacon writes the beacon that leads to the socket. A full disk must not keep a daemon from starting, since nobody would start it again when there is
// room: commands find it from then on.
func lightBeacon(stateDir, socket string) (*lit, error) {
	text, err := json.Marshal(beacon{PID: os.Getpid(), Socket: socket, Version: version, Started: control.Time{Time: time.Now()}})
	if err != nil {
		return nil, err
	}
	l := &lit{path: filepath.Join(stateDir, beaconFile), ended: make(chan struct{})}
	ctx, stop := context.WithCancel(context.Background())
	l.stop = stop
	err = writeWhole(l.path, append(text, '\n'))
	switch {
	case err == nil:
		close(l.ended)
		return l, nil
	case !noRoom(err):
		stop()
		return nil, fmt.Errorf("write %s: %w", beaconFile, err)
	}
	fmt.Fprintf(os.Stderr, "florasync: warning: %v; commands find this florasync when there is room\n", err)
	go func() { // owned by lit, whose put waits for it
		defer close(l.ended)
		tick := time.NewTicker(beaconRetry)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if writeWhole(l.path, append(text, '\n')) == nil {
					return
				}
			}
		}
	}()
	return l, nil
}

// put puts the beacon out.
func (l *lit) put() {
	l.stop()
	<-l.ended
	_ = os.Remove(l.path) // a stale one is ignored
}

// noRoom reports a full disk, or a used-up quota: write(2).
func noRoom(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

// writeWhole replaces a file so that a reader finds the old one or the new one. What a killed process left of its own try is taken away first: it may be
// root's, who ran `upload` once, and then this user could not write to it, but own the directory.
func writeWhole(path string, text []byte) error {
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(fresh, path)
	}
	if err != nil {
		_ = os.Remove(fresh) // there may be nothing
	}
	return err
}
