package main

import (
	"bytes"
	wire "encoding/binary"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestJournal runs the program as a service of a machine whose journal is a datagram socket of the test: fields arrive as they are, whatever a name holds,
// and standard error stays empty.
func TestJournal(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	box := m.sandbox()
	socket := m.path("journal")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	journaling := m.path("florasync")
	out, err := exec.Command("go", "build", "-o", journaling, "-ldflags", "-X github.com/coreos/go-systemd/v22/journal.journalSocket="+socket, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	name := "one\ntwo\xff" + strings.Repeat("n", 200) + ".png"
	inbox := m.config()
	put(t, filepath.Join(inbox, name), pictureBytes(1, 700))

	stderr, err := os.Create(m.path("stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer stderr.Close()
	var st syscall.Stat_t
	if err := syscall.Fstat(int(stderr.Fd()), &st); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(journaling, "run", "--once")
	cmd.Env = append(cmd.Env, m.environ()...)
	cmd.Env = append(cmd.Env, fmt.Sprintf("JOURNAL_STREAM=%d:%d", st.Dev, st.Ino))
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var ready map[string]string
	b := make([]byte, 256<<10)
	for ready == nil {
		if err := l.SetReadDeadline(time.Now().Add(deadline)); err != nil {
			t.Fatal(err)
		}
		n, err := l.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		if e := journalEntry(t, b[:n]); e["FLORASYNC_EVENT"] == "asset.ready" {
			ready = e
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	assets := box.ready()
	if len(assets) != 1 {
		t.Fatalf("assets: %+v", assets)
	}
	shown := `inbox/one\x0atwo\xff` + strings.Repeat("n", 200) + ".png is ready: "
	for field, want := range map[string]string{"PRIORITY": "6", "FLORASYNC_ASSET_ID": assets[0].ID, "FLORASYNC_ROOT": "inbox",
		"FLORASYNC_PATH": "one\ntwo" + `\xff` + strings.Repeat("n", 200) + ".png", "SYSLOG_IDENTIFIER": "florasync"} {
		if ready[field] != want {
			t.Errorf("%s: got %q, want %q", field, ready[field], want)
		}
	}
	if !strings.HasPrefix(ready["MESSAGE"], shown) {
		t.Errorf("MESSAGE: got %q, want %q…", ready["MESSAGE"], shown)
	}
	if text, err := os.ReadFile(m.path("stderr")); err != nil || len(text) > 0 {
		t.Errorf("standard error: %q, %v", text, err)
	}
}

// journalEntry reads an entry in the journal's own protocol: NAME=value, or NAME, the length in eight bytes, and the value, each on a line.
func journalEntry(t *testing.T, b []byte) map[string]string {
	t.Helper()
	fields := map[string]string{}
	for len(b) > 0 {
		line, rest, whole := bytes.Cut(b, []byte("\n"))
		if !whole {
			t.Fatalf("a field without its end: %q", b)
		}
		if name, value, short := strings.Cut(string(line), "="); short {
			fields[name], b = value, rest
			continue
		}
		if len(rest) < 9 {
			t.Fatalf("a length is missing: %q", b)
		}
		n := wire.LittleEndian.Uint64(rest)
		if uint64(len(rest)) < 8+n+1 || rest[8+n] != '\n' {
			t.Fatalf("a length is wrong: %q", b)
		}
		fields[string(line)], b = string(rest[8:8+n]), rest[8+n+1:]
	}
	return fields
}
