package simulation

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/internal/sandbox"
)

// TestSeeds plays random worlds: any server, any setup, one machine or two that share a workspace, several files that are written, rewritten, touched,
// renamed and deleted while lives come and go, calls that go wrong, a network that is away, a key that is replaced.
func TestSeeds(t *testing.T) {
	t.Parallel()
	eachSeed(t, 30, func(t *testing.T, seed uint64) { playWorld(t, seed, (*randomWorld).peopled) })
}

// playWorld plays the world of a seed, with the players that people puts into it.
func playWorld(t *testing.T, seed uint64, people func(w *randomWorld, dir string)) {
	kind, _, _ := strings.Cut(t.Name(), "/")
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := newRandomWorld(t, dir, seed)
		people(w, dir)
		w.play()
		if t.Failed() {
			t.Logf("again: go test ./internal/simulation -run %s -simulation.seed %d\n%s", kind, seed, w)
		}
	})
	_ = os.RemoveAll(dir)
}

// randomWorld is what one seed stands for.
type randomWorld struct {
	t       *testing.T
	seed    uint64
	r       *rand.Rand
	server  server
	setups  []setup // of the folders of a machine
	share   float64 // of the calls go wrong
	held    float64 // of the calls are held up on their way
	lasting bool
	links   bool // files get second names
	slow    int  // tenths of a second that a call takes at most, and one more
	service *service
	players []*player
	network *network
	until   time.Time // from then on nothing goes wrong any more
}

const clock = "02 15:04:05.000"

func newRandomWorld(t *testing.T, dir string, seed uint64) *randomWorld {
	t.Helper()
	w := &randomWorld{t: t, seed: seed, r: rand.New(rand.NewPCG(seed, 0))}
	w.server, w.setups = anyServer(w.r), []setup{setups[w.r.IntN(len(setups))]}
	w.held = []float64{0, 0, 0.02, 0.1}[w.r.IntN(4)]
	w.share = []float64{0, 0.03, 0.1, 0.3}[w.r.IntN(4)]
	w.lasting = w.share > 0 && w.r.IntN(4) == 0
	w.links = w.r.IntN(3) == 0
	w.slow = 3
	o := w.server.options
	o.Seed = seed
	w.network = newNetwork()
	w.service = newService(t, dir, w.network, o)
	if w.lasting || w.share > 0.1 || w.share+w.held > 0 && w.server.doubtful() {
		w.service.mayFail()
	}
	w.service.fault = w.decide
	w.until = time.Now().Add(2 * time.Hour)
	return w
}

// peopled puts one player into a world, or two at machines of their own that share a workspace.
func (w *randomWorld) peopled(dir string) {
	for i := range 1 + w.r.IntN(2) {
		p := w.player(dir, i)
		p.busy, p.does, p.ends = 6, p.change, func(*life, *daemon.Daemon) {}
	}
}

// player puts somebody with a machine into the world.
func (w *randomWorld) player(dir string, i int) *player {
	m := newMachine(w.t, fmt.Sprintf("%s/m%d", dir, i), w.service, w.network.peer(), w.seed*2+uint64(i), w.setups...)
	m.restless = true
	p := &player{machine: m, w: w, r: rand.New(rand.NewPCG(w.seed, uint64(i+10)))}
	w.players = append(w.players, p)
	return p
}

func (w *randomWorld) String() string {
	text := fmt.Sprintf("seed %d: %s, %+v, %.2f of the calls go wrong, lasting %v, %.2f held, links %v", w.seed, w.server.name, w.setups, w.share, w.lasting,
		w.held, w.links)
	for i, p := range w.players {
		for _, e := range p.seen {
			p.log = append(p.log, fmt.Sprintf("%s %v %s", e.at.Format(clock), e, faultOf(e)))
		}
		slices.Sort(p.log)
		for _, line := range p.log {
			text += fmt.Sprintf("\n  machine %d: %s", i, line)
		}
	}
	return text
}

// faultOf is what a commit says went wrong.
func faultOf(e event) string {
	if f := e.applied.After.Fault; f != nil {
		return f.Error()
	}
	return ""
}

// decide draws a fault for a call from what the call is, not from when it comes.
func (w *randomWorld) decide(_ int, c sandbox.Call) sandbox.Fault {
	if time.Now().After(w.until) {
		return sandbox.Fault{}
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %s %s %d", c.Op, c.Folder, c.Name, c.Attempt)
	r := rand.New(rand.NewPCG(w.seed, h.Sum64()))
	if changes[c.Op] && r.Float64() < w.held {
		return held(time.Duration(r.IntN(300_000)) * time.Millisecond).of(c)
	}
	if r.Float64() >= w.share {
		return sandbox.Fault{Latency: time.Duration(r.IntN(w.slow)) * 100 * time.Millisecond}
	}
	for range 20 {
		k := faultKinds[r.IntN(len(faultKinds))]
		if k.fits(c.Op) && (w.lasting || !k.lasting) {
			return k.fault
		}
	}
	return sandbox.Fault{}
}

// play lets everybody play to the end and asserts the promises.
func (w *randomWorld) play() {
	defer w.service.stop()
	done := make(chan struct{}, len(w.players)+1)
	for _, p := range w.players {
		go func() {
			defer func() { done <- struct{}{} }()
			p.play()
		}()
	}
	go func() {
		defer func() { done <- struct{}{} }()
		w.rotate()
	}()
	for range len(w.players) + 1 {
		<-done
	}
	w.service.settle()
	for _, p := range w.players {
		p.promises()
	}
}

// rotate replaces the key for a while, now and then.
func (w *randomWorld) rotate() {
	r := rand.New(rand.NewPCG(w.seed, 99))
	if r.IntN(5) > 0 {
		return
	}
	time.Sleep(time.Duration(r.IntN(60)) * time.Second)
	w.service.box.SetKey("sk_another")
	time.Sleep(time.Duration(r.IntN(1200)) * time.Second)
	w.service.box.SetKey(sandbox.DefaultKey)
}
