package telemetry

import (
	"bytes"
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// manager listens as systemd does, and is where the process's notifications go until the test ends.
func manager(t *testing.T) (next func() string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	return func() string {
		t.Helper()
		if err := l.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 4096)
		n, err := l.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		return string(buf[:n])
	}
}

// TestTheWatchdogIsFedOnlyWhileAllIsWell: what is not well is said, and not fed.
func TestTheWatchdogIsFedOnlyWhileAllIsWell(t *testing.T) {
	next := manager(t)
	t.Setenv("WATCHDOG_USEC", "30000")
	ctx, cancel := context.WithCancel(t.Context())
	var said bytes.Buffer
	asked, ended := 0, make(chan struct{})
	go func() { // ends with cancel
		defer close(ended)
		NotifyAlive(ctx, &said, func(context.Context) error {
			if asked++; asked <= 2 {
				return errors.New("the record does not commit")
			}
			return nil
		})
	}()
	if got := next(); got != "WATCHDOG=1" {
		t.Errorf("the manager was told %q", got)
	}
	cancel()
	<-ended
	if asked < 3 {
		t.Errorf("fed after %d answers, of which two were bad", asked)
	}
	if n := strings.Count(said.String(), "the record does not commit"); n != 2 {
		t.Errorf("said %d times, want 2:\n%s", n, said.String())
	}
}

// TestNoWatchdogNoQuestions: without WatchdogSec= nobody is asked.
func TestNoWatchdogNoQuestions(t *testing.T) {
	t.Setenv("WATCHDOG_USEC", "")
	NotifyAlive(t.Context(), &bytes.Buffer{}, func(context.Context) error {
		t.Error("asked")
		return nil
	})
}

// TestStoppingExtendsTheTimeout: a drain that is longer than TimeoutStopSec= is not cut by it.
func TestStoppingExtendsTheTimeout(t *testing.T) {
	next := manager(t)
	if err := NotifyStopping(10 * time.Minute); err != nil {
		t.Fatal(err)
	}
	if got := next(); got != "STOPPING=1\nEXTEND_TIMEOUT_USEC=630000000" {
		t.Errorf("the manager was told %q", got)
	}
}
