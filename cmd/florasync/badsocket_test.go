package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// askers are the commands that ask a daemon, and what they exit with when the record answers instead.
func askers(inbox string) map[string][]string {
	a := filepath.Join(inbox, "a.png")
	return map[string][]string{"status": {"status"}, "list": {"list"}, "explain": {"explain", a}, "retry": {"retry", a}, "pause": {"pause"}, "resume": {"resume"},
		"wait": {"wait", a}, "check record": {"state", "check"}, "check": {"check", "--offline"}}
}

// socketClient asks the daemon's socket whatever a test wants.
func (m *machine) socketClient() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", m.path("state/florasync/florasync.sock"))
	}}}
}

// beaconTo writes what a daemon would have left that listened at a socket.
func (m *machine) beaconTo(socket string, pid int) {
	m.t.Helper()
	text, err := json.Marshal(map[string]any{"pid": pid, "socket": socket, "version": "x", "started_at": "2026-01-01T00:00:00.000Z"})
	if err != nil {
		m.t.Fatal(err)
	}
	m.write("state/florasync/daemon.json", string(text))
}

// foreignAnswers are what something on a socket may say that is no florasync.
var foreignAnswers = map[string]string{
	"HTML":     "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n<html>\r\n",
	"NotFound": "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope",
	"NotHTTP":  "220 mail.example ESMTP\r\n",
	"Closes":   "",
	"NoJSON":   "HTTP/1.1 422 Unprocessable Entity\r\nContent-Length: 2\r\n\r\n[]",
}

// listenAs listens on a socket and gives whoever asks the answer, until the test ends.
func listenAs(t *testing.T, socket, answer string) {
	t.Helper()
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() { // ends with the listener
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				b := make([]byte, 4096)
				if _, err := c.Read(b); err == nil {
					fmt.Fprint(c, answer)
				}
			}()
		}
	}()
}

// TestSocketsThatAreNotFlorasyncs: daemon.json leads to a socket where something else answers, or nothing, or nobody: the record answers, as it does
// without a daemon.
func TestSocketsThatAreNotFlorasyncs(t *testing.T) {
	t.Parallel()
	for name, answer := range foreignAnswers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			inbox := m.recorded()
			listenAs(t, m.path("foreign"), answer)
			asked := askers(inbox)
			if name == "NotHTTP" || name == "Closes" { // as a daemon that ends just now might: it is asked again for a while
				asked = map[string][]string{"status": asked["status"], "retry": asked["retry"]}
			}
			for command, args := range asked {
				m.beaconTo(m.path("foreign"), os.Getpid())
				code := map[string]int{"status": 3}[command]
				if r := m.run(args...); r.code != code || strings.Contains(r.err, "http://") {
					t.Errorf("%s: exit code %d, want %d\n%s%s", command, r.code, code, r.out, r.err)
				}
			}
			m.beaconTo(m.path("foreign"), os.Getpid())
			m.run("reload").must(3, "no daemon")
			m.beaconTo(m.path("foreign"), os.Getpid())
			m.run("loglevel", "debug").must(3, "no daemon")
		})
	}
}

// TestDeadSocket: whoever was there is gone.
func TestDeadSocket(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	inbox := m.recorded()
	l, err := net.Listen("unix", m.path("dead"))
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	l.Close()
	for command, args := range askers(inbox) {
		m.beaconTo(m.path("dead"), os.Getpid())
		m.run(args...).must(map[string]int{"status": 3}[command])
	}
	m.beaconTo("", 0)
	m.run("status").must(3, "not running")
	m.write("state/florasync/daemon.json", "{")
	m.run("status").must(3, "not running")
}

// TestHungDaemon: a florasync that holds its record and answers nothing hangs no command: they say which process it is.
func TestHungDaemon(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.sandbox()
	inbox := m.config()
	a := filepath.Join(inbox, "a.png")
	put(t, a, pictureBytes(1, 700))
	p := m.start("run")
	m.settled(1)
	p.signal(syscall.SIGSTOP)
	defer p.signal(syscall.SIGCONT)
	asked := map[string]*process{}
	for _, args := range [][]string{{"status"}, {"list"}, {"explain", a}, {"retry", a}, {"forget", a}, {"pause"}, {"resume"}, {"check"}, {"check", "--offline"}, {"reload"},
		{"loglevel", "debug"}, {"upload", a}, {"state", "check"}, {"state", "backup", m.path("b.db")}} {
		asked[strings.Join(args, " ")] = m.start(args...) // side by side: each waits as long as a daemon may take
	}
	for command, q := range asked {
		want := 3
		if strings.HasPrefix(command, "check") {
			want = 1 // it looks at what it can, and that is what it finds
		}
		code, said := q.exit(), q.out.String()+q.err.String()
		if code != want || !strings.Contains(said, "does not answer") || !strings.Contains(said, fmt.Sprintf("process %d", p.cmd.Process.Pid)) {
			t.Errorf("%s: exit code %d: %s", command, code, said)
		}
	}
}

// TestStrangeQuestions asks the socket what no command does: it refuses, and stays.
func TestStrangeQuestions(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.sandbox()
	m.config()
	p := m.start("run")
	p.says("root.watching")
	client := m.socketClient()
	for _, c := range []struct {
		method, path, body string
		code               int
	}{
		{"GET", "/v1/status", "", 405}, {"POST", "/v1/nothing", "{}", 404}, {"POST", "/", "{}", 404}, {"POST", "/v1/list", "", 400}, {"POST", "/v1/list", "[]", 400},
		{"POST", "/v1/list", `{"filter":{"states":["broken"]}}`, 422}, {"POST", "/v1/list", `{"filter":7}`, 400}, {"POST", "/v1/list", `{"after":"nonsense"}`, 422},
		{"POST", "/v1/list", `{"filter":{"under":"\\x"}}`, 422}, {"POST", "/v1/list", `{"n":-1}`, 200}, {"POST", "/v1/explain", `{"path":"relative"}`, 422},
		{"POST", "/v1/explain", `{"path":""}`, 422}, {"POST", "/v1/pause", `{"root":"nope"}`, 422}, {"POST", "/v1/loglevel", `{"level":"loud"}`, 422},
		{"POST", "/v1/upload", `{"upload":{"inputs":["/nowhere"]}}`, 422}, {"POST", "/v1/upload", `{}`, 200}, {"PUT", "/debug/pprof/", "", 405},
	} {
		req, err := http.NewRequest(c.method, "http://florasync"+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != c.code {
			t.Errorf("%s %s %s: %d, want %d: %s", c.method, c.path, c.body, resp.StatusCode, c.code, body)
		}
	}
	conn, err := net.Dial("unix", m.path("state/florasync/florasync.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "POST /v1/list HTTP/1.1\r\nContent-Length: 99") // and no more: it may stay open
	m.run("status").must(0, "is running")
}
