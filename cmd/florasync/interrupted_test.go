package main

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/florasync/florasync/internal/control"
)

// endless is a daemon that has one item of which nothing becomes, answers one page, and hangs at the next question until it is asked no more.
type endless struct {
	control.Service
	item    control.Item
	mu      sync.Mutex
	pages   int
	waiting chan struct{} // closed when something waits for an answer
}

func (e *endless) hang(ctx context.Context) error {
	close(e.waiting)
	<-ctx.Done()
	return ctx.Err()
}

func (e *endless) List(ctx context.Context, f control.Filter, _ string, _ int) (control.Page, error) {
	e.mu.Lock()
	e.pages++
	first := e.pages == 1
	e.mu.Unlock()
	if first && len(f.Names) == 0 {
		return control.Page{Items: []control.Item{e.item}, Cursors: []string{"1"}, Next: "1"}, nil
	}
	return control.Page{}, e.hang(ctx)
}

func (e *endless) Status(ctx context.Context) (control.Status, error) {
	return control.Status{}, e.hang(ctx)
}

func (e *endless) Explain(ctx context.Context, _ string) (control.Explanation, error) {
	return control.Explanation{}, e.hang(ctx)
}

func (e *endless) Upload(context.Context, control.Upload) ([]control.Item, error) {
	return []control.Item{e.item}, nil
}

// TestInterrupted: whoever ends a command before it is done is told so by its exit code, which names the signal; what it had to print by then is printed. Only what
// follows has no other end.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args   []string
		out    string
		follow bool
	}{
		"List":       {[]string{"list"}, "first.png", false},
		"ListCSV":    {[]string{"list", "--csv"}, "first.png", false},
		"ListJSON":   {[]string{"list", "--json"}, "first.png", false},
		"ListAfter":  {[]string{"list", "--json", "--after", "0"}, "first.png", false},
		"ListFollow": {[]string{"list", "--json", "--follow"}, "first.png", true},
		"Wait":       {[]string{"wait"}, "", false},
		"WaitPath":   {[]string{"wait", "inbox/first.png"}, "", false},
		"Upload":     {[]string{"upload", "first.png", "--workspace", "ws_a"}, "", false},
	} {
		for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			t.Run(name+"/"+signal.String(), func(t *testing.T) {
				t.Parallel()
				m := newMachine(t)
				m.config()
				put(t, m.path("first.png"), pictureBytes(1, 700))
				e := &endless{item: control.Item{ID: "it_1", State: "waiting", Root: "inbox", Path: "first.png"}, waiting: make(chan struct{})}
				m.answers(e)
				p := m.start(c.args...)
				select {
				case <-e.waiting:
				case <-p.done:
					t.Fatalf("it ended with %d before anybody interrupted it: %s%s", p.code, p.out.String(), p.err.String())
				}
				p.signal(signal)
				want := 128 + int(signal)
				if c.follow {
					want = 0
				}
				if code := p.exit(); code != want || !strings.Contains(p.out.String(), c.out) {
					t.Errorf("exit code %d, want %d, and %q of\n%s\n%s", code, want, c.out, p.out.String(), p.err.String())
				}
			})
		}
	}
}

// answers has a service answer on the machine's socket until the test ends.
func (m *machine) answers(s control.Service) {
	m.t.Helper()
	if err := os.MkdirAll(m.path("state", "florasync"), 0o700); err != nil {
		m.t.Fatal(err)
	}
	socket := filepath.Join(m.home, "endless.sock")
	l, err := net.Listen("unix", socket)
	if err != nil {
		m.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- control.Serve(ctx, l, s, false) }()
	m.t.Cleanup(func() { cancel(); <-served })
	m.beaconTo(socket, os.Getpid())
}
