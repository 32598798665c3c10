package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/control"
)

// socketMax is the longest path of a Unix socket: sun_path without its NUL, unix(7).
const socketMax = 107

// openSocket listens on the daemon's socket, at a path of [socketPath]. It is for this user and root; a group that may read is let in.
func openSocket(path, group string) (net.Listener, error) {
	gid, err := groupID(group)
	if err != nil {
		return nil, err
	}
	if err := clearSocket(path); err != nil {
		return nil, err
	}
	mask := syscall.Umask(0o177) // nobody else gets in, not even for a moment
	l, err := net.Listen("unix", path)
	syscall.Umask(mask)
	if err != nil {
		return nil, usage("listen on the socket: %w; set server.socket to a path that can be made", err)
	}
	if group == "" {
		return l, nil
	}
	if err := os.Chown(path, -1, gid); err != nil {
		l.Close()
		return nil, usage("server.socket_group: %w; the user florasync runs as has to be in the group %s", err, group)
	}
	if err := os.Chmod(path, 0o660); err != nil {
		l.Close()
		return nil, err
	}
	if st, err := os.Stat(filepath.Dir(path)); err == nil && st.Mode().Perm()&0o011 == 0 {
		fmt.Fprintf(os.Stderr, "florasync: warning: server.socket_group: only its owner may enter %s, where the socket is; set server.socket to a path that the group %s reaches\n",
			filepath.Dir(path), group)
	}
	return l, nil
}

// groupID finds the group that may read.
func groupID(name string) (int, error) {
	if name == "" {
		return -1, nil
	}
	if !control.KnowsPeers {
		return 0, usage("server.socket_group: this system does not tell who asks; leave it empty")
	}
	g, err := user.LookupGroup(name)
	if err != nil {
		return 0, usage("server.socket_group: there is no group %q", name)
	}
	return strconv.Atoi(g.Gid)
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
