package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/internal/telemetry"
	"github.com/florasync/florasync/queue"
)

// alive reads the beacon of a state directory; false when there is none, or whoever wrote it is gone.
func alive(stateDir string) (beacon, bool) {
	var b beacon
	text, err := os.ReadFile(filepath.Join(stateDir, beaconFile))
	if err != nil || json.Unmarshal(text, &b) != nil || b.PID <= 0 {
		return b, false
	}
	if err := syscall.Kill(b.PID, 0); errors.Is(err, syscall.ESRCH) {
		return b, false
	}
	conn, err := net.DialTimeout("unix", b.Socket, 5*time.Second)
	if err != nil {
		return b, false
	}
	conn.Close()
	return b, true
}

// reach finds the daemon of a state directory, or, for whoever may not look into that, of a socket that is known besides.
func reach(stateDir, socket string) (beacon, bool) {
	if stateDir != "" {
		if b, ok := alive(stateDir); ok {
			return b, true
		}
		if _, err := os.ReadFile(filepath.Join(stateDir, beaconFile)); !errors.Is(err, fs.ErrPermission) {
			return beacon{}, false
		}
	}
	if socket == "" {
		return beacon{}, false
	}
	conn, err := net.DialTimeout("unix", socket, 5*time.Second)
	if err != nil {
		return beacon{}, false
	}
	conn.Close()
	return beacon{Socket: socket}, true
}

// load reads the configuration for a command; the sandbox's is made up.
func (g *globals) load(flags map[string]string, watch *config.Watched) (*config.Config, error) {
	o, err := g.sources(flags, watch)
	if err != nil {
		return nil, err
	}
	return config.Load(o)
}

// sources says what the configuration is read from.
func (g *globals) sources(flags map[string]string, watch *config.Watched) (config.Options, error) {
	file, err := config.Find(g.config, os.Getenv)
	flags = maps.Clone(flags)
	if flags == nil {
		flags = map[string]string{}
	}
	if g.stateDir != "" {
		flags["state-dir"] = g.stateDir
	}
	return config.Options{File: file, Flags: flags, Watch: watch}, err
}

// configured is the configuration a command works with: the sandbox's with --sandbox, else the real one.
func (g *globals) configured() (*config.Config, error) {
	if !g.sandbox {
		return g.load(nil, nil)
	}
	dir := g.stateDir
	if dir == "" {
		var err error
		if dir, err = newestSandbox(); err != nil {
			return nil, err
		}
	}
	info, err := readSandbox(dir)
	if err != nil {
		return nil, usage("%s holds no sandbox: start one with `%s run --sandbox --watch ./inbox`", dir, self())
	}
	return sandboxConfig(dir, info, nil)
}

// service returns who answers: the running daemon, or the record alone. A configuration that was changed for the worse, or that is not for whoever asks to
// read, keeps nobody from asking the daemon.
func (g *globals) service() (*either, error) {
	c, err := g.configured()
	if err != nil {
		e := g.withoutConfig(err)
		if _, ok := reach(e.stateDir, e.socket); ok {
			return e, nil
		}
		return nil, err
	}
	quiet, err := telemetry.New(telemetry.Options{})
	if err != nil {
		return nil, err
	}
	e := &either{stateDir: c.StateDir, socket: c.Server.Socket}
	if e.socket == "" {
		e.socket = config.ServiceSocket(c.File)
	}
	e.alone, err = daemon.Offline(daemon.Options{Config: c, Version: version, Observer: quiet, Typed: g.typed})
	return e, err
}

// withoutConfig is who might answer although the configuration is wrong.
func (g *globals) withoutConfig(wrong error) *either {
	e := &either{stateDir: g.stateDir, wrong: wrong}
	if g.sandbox {
		return e
	}
	o, err := g.sources(nil, nil)
	if err != nil {
		return e
	}
	e.socket = config.ServiceSocket(o.File)
	if dir := config.LoadStateDir(o); dir != "" {
		e.stateDir = dir
	}
	return e
}

// lockHolder adds who holds the record to an error that says it is held.
func lockHolder(stateDir string, err error) error {
	var path *fs.PathError
	switch {
	case noRoom(err): // which may heal: not a wrong configuration, after which nobody starts again
		return fmt.Errorf("state_dir: %w; make room on its disk", err)
	case errors.Is(err, syscall.EIO): // nor that: another state directory would know of nothing, and everything would be uploaded again
		return fmt.Errorf("state_dir: %w; look at its disk", err)
	case errors.As(err, &path) && !errors.Is(err, queue.ErrMissing) && !errors.Is(err, queue.ErrDamaged):
		return usage("state_dir: %w; choose another with --state-dir", err)
	case !errors.Is(err, queue.ErrLocked):
		return err
	}
	text, readErr := os.ReadFile(filepath.Join(stateDir, beaconFile))
	var b beacon
	if readErr != nil || json.Unmarshal(text, &b) != nil {
		return exitWith(exitLocked, fmt.Errorf("%s: %w: another florasync is at work there; wait for it, or give --state-dir", stateDir, err))
	}
	return exitWith(exitLocked, fmt.Errorf("%s: %w: florasync %s, process %d, since %s; stop it, or give --state-dir", stateDir, err, b.Version, b.PID, b.Started))
}

// absolute makes an argument the text form of an absolute path; ids and URLs stay as they are. A path that is printed by a command may be given back
// in its text form.
func absolute(arg string) (string, error) {
	if arg == "" {
		return "", usage("an empty path: name a file")
	}
	if isURL(arg) {
		return arg, nil
	}
	if _, err := parseID(arg); err == nil {
		return arg, nil
	}
	return absolutePath(arg)
}
