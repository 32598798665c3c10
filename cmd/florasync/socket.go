package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/florasync/florasync/internal/config"
)

// socketMax is the longest path of a Unix socket: sun_path without its NUL, unix(7).
const socketMax = 107

// openSocket listens on the daemon's socket, at a path of [socketPath].
func openSocket(path string) (net.Listener, error) {
	if err := clearSocket(path); err != nil {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, usage("listen on the socket: %w; set server.socket to a path that can be made", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// clearSocket removes a socket that a daemon left behind when it died. The record's lock says that no other daemon of this record lives; where the
// configuration says where the socket is, it may be that of another record's daemon, or no socket at all, and neither is ours to remove.
func clearSocket(path string) error {
	st, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return usage("server.socket: %w", err)
	case st.Mode().Type() != fs.ModeSocket:
		return usage("server.socket: %s is there already and is no socket; choose another path", path)
	}
	if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
		conn.Close()
		return usage("server.socket: another florasync answers on %s; choose another path", path)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the old socket: %w", err)
	}
	return nil
}

// socketPath is where the configuration says, in the runtime directory, or in the state directory; a path that is too long moves to a short place.
func socketPath(c *config.Config) (string, error) {
	path := c.Server.Socket
	if path == "" {
		dir := os.Getenv("RUNTIME_DIRECTORY")
		if dir == "" {
			dir = c.StateDir
		}
		path = filepath.Join(dir, "florasync.sock")
	}
	if len(path) <= socketMax {
		return path, nil
	}
	sum := sha256.Sum256([]byte(path))
	name := "florasync-" + hex.EncodeToString(sum[:6]) + ".sock"
	dir := os.Getenv("XDG_RUNTIME_DIR") // a variable that outlived its session names a directory that is gone
	if st, err := os.Stat(dir); err != nil || !st.IsDir() || len(filepath.Join(dir, name)) > socketMax {
		dir = filepath.Join(os.TempDir(), fmt.Sprintf("florasync-%d", os.Getuid()))
		if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return "", err
		}
		// Somebody else's directory of that name must not get our socket.
		if st, err := os.Lstat(dir); err != nil || !st.IsDir() || st.Mode().Perm() != 0o700 || !ours(st) {
			return "", fmt.Errorf("%s is not a directory of ours alone; set server.socket", dir)
		}
	}
	if path = filepath.Join(dir, name); len(path) > socketMax {
		return "", usage("%s is too long for a socket; set server.socket to a shorter path", path)
	}
	return path, nil
}
