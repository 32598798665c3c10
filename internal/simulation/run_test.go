package simulation

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/florasync/florasync/internal/sandbox"
)

// fault is one thing that goes wrong at the n-th call.
type fault struct {
	n    int
	kind faultKind
	dies bool // the life is killed while that call is on its way
}

// plan is one run of the enumeration: a file's life at one server with one setup.
type plan struct {
	server  server
	setup   setup
	files   int // 0: one
	crashes []*crash
	faults  []fault
}

func (p plan) String() string {
	var parts []string
	for _, f := range p.faults {
		parts = append(parts, fmt.Sprintf("%s at call %d (dies %v)", f.kind.name, f.n, f.dies))
	}
	for _, c := range p.crashes {
		parts = append(parts, c.String())
	}
	return fmt.Sprintf("%s, %s: %s", p.server.name, p.setup.name, strings.Join(parts, ", "))
}

// trace is what a run shows to whoever plans the next ones.
type trace struct {
	events []event // of the first life
	again  []event // of the second
	calls  []sandbox.Call
	lives  int
}

// run plays a plan and asserts the promises.
func (p plan) run(t *testing.T) (seen trace) {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		seen = p.play(t, dir)
		if t.Failed() {
			t.Logf("in %v\nthe first life: %v\nthe second: %v\ncalls: %v", p, lines(seen.events), lines(seen.again), lines(seen.calls))
		}
	})
	_ = os.RemoveAll(dir)
	return seen
}

// lines are the elements of a list, one a line, with their numbers.
func lines[T any](all []T) string {
	var text strings.Builder
	for i, one := range all {
		fmt.Fprintf(&text, "\n  %d %v", i, one)
	}
	return text.String()
}

func (p plan) play(t *testing.T, dir string) (seen trace) {
	n := newNetwork()
	s := newService(t, dir, n, p.server.options)
	defer s.stop()
	for _, f := range p.faults {
		if f.kind.lasting || p.server.doubtful() {
			s.mayFail()
		}
	}
	m := newMachine(t, dir, s, n, 1, p.setup)
	s.fault = func(n int, c sandbox.Call) sandbox.Fault {
		for _, f := range p.faults {
			if f.n != n {
				continue
			}
			if l := m.now.Load(); f.dies && f.kind.fits(c.Op) && l != nil {
				l.kill()
			}
			return f.kind.of(c)
		}
		return sandbox.Fault{}
	}
	files := max(p.files, 1)
	if p.setup.equal {
		files = max(files, 2)
	}
	for i := range files {
		m.write(fmt.Sprintf("d/a%d.png", i), m.content(1000+i))
	}
	for i := 0; ; i++ {
		var c *crash
		if i < len(p.crashes) {
			c = p.crashes[i]
		}
		l := m.newLife(c)
		killed := m.live(l, nil)
		switch i {
		case 0:
			seen.events = l.events
		case 1:
			seen.again = l.events
		}
		if !killed {
			break
		}
	}
	s.settle()
	m.promises()
	seen.calls, seen.lives = s.called(), m.lives
	return seen
}
