package simulation

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/state"
)

// crash says where a life is killed.
type crash struct {
	at   int  // the n-th event of the life, from 0: a commit, or an effect at FLORA before its answer
	lost bool // the commit that is the event was not written any more: the record is the one before
}

// String is how a crash is named in failures.
func (c *crash) String() string {
	switch {
	case c == nil:
		return "no crash"
	case c.lost:
		return fmt.Sprintf("crash at %d, its commit lost", c.at)
	}
	return fmt.Sprintf("crash at %d", c.at)
}

// life is one process: from opening the record to its end.
type life struct {
	w     *machine
	crash *crash
	match func(event) bool // besides crash: kill at the first event that matches
	lose  bool             // of match: with its commit lost

	claim, work         context.Context
	stopClaim, stopWork context.CancelFunc
	linger              time.Duration  // how long it is looked at once more when it rests
	died                chan struct{}  // closed at the crash
	thaw                chan struct{}  // closed when the record was copied: the committer may end
	asking              sync.WaitGroup // requests of its operator that outlive a crash until then

	mu     sync.Mutex
	dead   bool
	events []event
	before []byte // the record as it was before the last commit; kept when a crash wants it
	now    []byte
}

// event is a commit, or an effect at FLORA.
type event struct {
	at      time.Time
	commit  bool
	applied state.Applied
	effect  string // the sandbox's word for the operation
	name    string // file name
}

func (e event) String() string {
	if e.commit {
		return fmt.Sprintf("commit %s/%s %s %v %v %v", e.applied.After.Root, e.applied.After.Path, e.applied.After.ID, e.applied.Change.Outcome.Kind(), e.applied.After.Phase, e.applied.After.Halt)
	}
	return "effect " + e.effect + " " + e.name
}

func (w *machine) newLife(c *crash) *life {
	l := &life{w: w, crash: c, died: make(chan struct{}), thaw: make(chan struct{})}
	l.claim, l.stopClaim = context.WithCancel(context.Background())
	l.work, l.stopWork = context.WithCancel(context.Background())
	return l
}

// Applied is told of each transition behind its commit, by the committer: while it does not return, nothing else is committed.
func (l *life) Applied(a state.Applied) {
	if a.After.Halt == state.Failed && a.After.Phase >= state.Uploaded {
		l.w.failed.Add(1)
	}
	l.happened(event{commit: true, applied: a, name: string(a.After.Path)})
}

// Noticed takes no part, but for a scan that found the record wrong.
func (l *life) Noticed(n state.Notice) {
	if n.Event == state.ScanDisagrees {
		l.w.t.Errorf("%s: %v", n.Event, n.Err)
	}
}

// happened counts an event and kills the life where the plan says so. A dead life's committer stays in here.
func (l *life) happened(e event) {
	e.at = time.Now()
	wants := l.lose || l.crash != nil && l.crash.lost
	l.mu.Lock()
	if !l.dead {
		n := len(l.events)
		l.events = append(l.events, e)
		if e.commit && wants {
			l.before, l.now = l.now, l.w.record()
		}
		if l.crash != nil && l.crash.at == n || l.match != nil && l.match(e) {
			l.dead = true
			l.stopClaim()
			l.stopWork() // before the network is cut, as in kill
			l.w.net.cut()
			close(l.died)
		}
	}
	dead := l.dead
	l.mu.Unlock()
	if dead && e.commit {
		<-l.thaw
	}
}

// kill ends the life at this very moment.
func (l *life) kill() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.dead {
		l.dead = true
		l.stopClaim()
		l.stopWork() // before the network is cut: nobody who hears that is still there to draw conclusions from it
		l.w.net.cut()
		close(l.died)
	}
}

func (l *life) isDead() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dead
}

// count returns how many events there were.
func (l *life) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.events)
}

// over ends the counting of events, also of those that other machines cause, and reports whether the life was killed.
func (l *life) over() (killed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	killed, l.dead = l.dead, true
	return killed
}

// live runs a life until it rests or is killed, and reports whether it was killed. meanwhile, when not nil, changes the folder beside it; the life rests
// only after it has returned.
func (w *machine) live(l *life, meanwhile func(*life, *daemon.Daemon)) (killed bool) {
	w.t.Helper()
	w.net.mend()
	w.now.Store(l)
	d, err := daemon.Open(context.Background(), daemon.Options{Config: w.config, Version: "simulated", Observer: l, Dial: w.net.dial, NoSync: true,
		Jitter: w.jitter, Load: w.reloading})
	if err != nil {
		w.t.Fatalf("open: %v", err)
	}
	if l.lose || l.crash != nil && l.crash.lost {
		l.mu.Lock()
		l.now = w.record()
		l.mu.Unlock()
	}
	ran := make(chan error, 1)
	go func() { ran <- d.Run(l.claim, l.work) }()
	if meanwhile != nil {
		meanwhile(l, d)
	}
	rested := make(chan error, 1)
	go func() { rested <- w.rest(l, d) }()
	select {
	case <-l.died:
		<-rested
	case err := <-rested:
		if err != nil && !l.isDead() {
			w.t.Errorf("%v", err)
		}
	}
	l.stopClaim()
	if err := <-ran; err != nil && !l.isDead() {
		w.t.Errorf("run: %v", err)
	}
	w.service.still() // nothing of this life moves any more, here or at FLORA
	if killed = l.over(); killed {
		w.survive(l)
	}
	close(l.thaw)
	l.asking.Wait()
	l.stopWork()
	if err := d.Close(); err != nil {
		w.t.Errorf("close: %v", err)
	}
	w.service.still()
	if killed {
		w.putRecord(w.survived)
		w.killed++
	}
	w.lives++
	return killed
}

// survive takes what the next life will find of the record.
func (w *machine) survive(l *life) {
	w.survived = w.record()
	last := len(l.events) - 1
	lost := l.crash != nil && l.crash.lost && l.crash.at == last || l.lose && l.match != nil
	if lost && last >= 0 && l.events[last].commit && l.before != nil {
		w.survived = l.before
	}
}

// record reads the record as it is on disk.
func (w *machine) record() []byte {
	b, err := os.ReadFile(w.recordAt)
	if err != nil {
		w.t.Errorf("read record: %v", err)
	}
	return b
}

func (w *machine) putRecord(b []byte) {
	path := w.recordAt
	if err := errors.Join(os.Remove(path), os.WriteFile(path, b, 0o600)); err != nil {
		w.t.Fatal(err)
	}
}

// seeded is a source of chance that many goroutines may ask.
type seeded struct {
	mu sync.Mutex
	r  *rand.Rand
}

func (s *seeded) float() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.r.Float64()
}
