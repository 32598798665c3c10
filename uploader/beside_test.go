package uploader_test

import (
	"fmt"
	"sync"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// switched is a fault that is on for a while, and counts the calls that reached the sandbox.
type switched struct {
	mu    sync.Mutex
	fault func(sandbox.Call) sandbox.Fault
	calls map[sandbox.Op]int
}

func (s *switched) set(f func(sandbox.Call) sandbox.Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

func (s *switched) Fault(c sandbox.Call) sandbox.Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls == nil {
		s.calls = make(map[sandbox.Op]int)
	}
	s.calls[c.Op]++
	if s.fault == nil {
		return sandbox.Fault{}
	}
	return s.fault(c)
}

// many writes n small files into a folder.
func (b *bench) many(dir string, n int) []state.ID {
	ids := make([]state.ID, n)
	for i := range ids {
		ids[i] = b.write(fmt.Sprintf("%s/%03d.png", dir, i), png, 500+i)
	}
	return ids
}

// unspoiled checks that no row lost an attempt, failed or left a reservation behind.
func (b *bench) unspoiled(ids []state.ID) {
	b.t.Helper()
	for _, id := range ids {
		if it := b.item(id); it.Attempt != 0 || it.Halt != state.None || it.Generation != 0 {
			b.t.Errorf("%v lost something: %v %v, attempt %d, generation %d, %+v", id, it.Phase, it.Halt, it.Attempt, it.Generation, it.Fault)
		}
	}
	for _, a := range b.seen.transitions() {
		if f := a.After.Fault; f != nil && f.Class == state.Passing {
			b.t.Errorf("%v was charged: %+v", a.After.ID, f)
		}
	}
}

func (n *notices) transitions() []state.Applied {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]state.Applied(nil), n.applied...)
}

func (b *bench) done(ids []state.ID) {
	b.t.Helper()
	for _, id := range ids {
		if it := b.item(id); it.Phase != state.Done {
			b.t.Errorf("%v stands at %v %v: %+v", id, it.Phase, it.Halt, it.Fault)
		}
	}
}

func (b *bench) blockedBy() (reasons []state.Reason) {
	for _, x := range b.live.Load().Status(b.root.Account).Blocked {
		reasons = append(reasons, x.Reason)
	}
	return reasons
}

func (b *bench) wantBlocked(reasons ...state.Reason) {
	b.t.Helper()
	if got := b.blockedBy(); fmt.Sprint(got) != fmt.Sprint(reasons) {
		b.t.Errorf("blocked by %v, want %v", got, reasons)
	}
}

// wantBlocking asserts what keeps one row waiting.
func (b *bench) wantBlocking(id state.ID, reasons ...state.Reason) {
	b.t.Helper()
	var got []state.Reason
	for _, each := range b.live.Load().Blocking(b.item(id)) {
		got = append(got, each.Reason)
	}
	if fmt.Sprint(got) != fmt.Sprint(reasons) {
		b.t.Errorf("%s is kept by %v, want %v", id, got, reasons)
	}
}

// files is how many files wait: in one case of each test as many as would show a cost of each of them; elsewhere fewer, for the time it takes.
func files(name string) int {
	switch name {
	case "Refused", "Errors", "NewKeyIsTakenUpAtOnce", "402":
		return 200
	}
	return 40
}
