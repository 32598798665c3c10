package scenarios

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/watcher"
)

// patience is how long a script waits for what must come. Only a failing script waits that long.
const patience = 90 * time.Second

// world is one script's: a folder, a sandbox that outlives the daemons, and at most one daemon.
type world struct {
	dir      string // the script's working directory; the watched folder is inbox in it
	url      string
	box      *sandbox.Server
	settings []string          // of the root
	more     []string          // lines behind it
	whole    map[string]string // digest of each whole version → the file it was noted for
	double   map[string]bool   // digests that belong to two files
	random   *rand.ChaCha8

	daemon *daemon.Daemon
	stop   func() error

	ears atomic.Int32 // what becomes of hints

	mu      sync.Mutex
	gate    chan struct{} // not nil: the storage waits until it is closed
	posting map[string]bool
}

type worldKey struct{}

// setup makes the world of a script.
func setup(env *testscript.Env) error {
	w := &world{dir: env.WorkDir, whole: map[string]string{}, double: map[string]bool{}, posting: map[string]bool{}, random: rand.NewChaCha8(sha256.Sum256([]byte(env.WorkDir)))}
	env.Values[worldKey{}] = w
	env.Setenv("HOME", env.WorkDir)
	for _, d := range []string{"inbox", "outside"} {
		if err := os.MkdirAll(filepath.Join(w.dir, d), 0o755); err != nil {
			return err
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	w.url = "http://" + l.Addr().String()
	if w.box, err = sandbox.Open(sandbox.Options{Dir: filepath.Join(w.dir, "flora"), NoSync: true, URL: w.url, Fault: w.fault}); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- w.box.Serve(ctx, l) }()
	env.Defer(func() {
		w.release()
		if w.stop != nil {
			_ = w.stop()
		}
		cancel()
		<-served
		_ = w.box.Close()
		unmount(w.dir)
	})
	return nil
}

// fault holds the storage back while the gate is closed.
func (w *world) fault(c sandbox.Call) sandbox.Fault {
	if c.Op != sandbox.OpPost {
		return sandbox.Fault{}
	}
	w.mu.Lock()
	gate := w.gate
	w.posting[c.Name] = true
	w.mu.Unlock()
	if gate != nil {
		<-gate
	}
	return sandbox.Fault{}
}

func (w *world) release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gate != nil {
		close(w.gate)
		w.gate = nil
	}
}

// start opens and runs a daemon.
func (w *world) start() error {
	text := fmt.Sprintf("api: {base_url: %s/api/v1}\nstate_dir: %s\nwatch:\n- name: inbox\n  path: %s\n  workspace: ws_a\n  folder: \"in/{dir}\"\n",
		w.url, filepath.Join(w.dir, "state"), filepath.Join(w.dir, "inbox"))
	for _, line := range w.settings {
		text += "  " + line + "\n"
	}
	text += strings.Join(append(w.more, ""), "\n")
	c, err := config.Parse("", []byte(text))
	if err != nil {
		return err
	}
	c.UseKey(config.FixedKey(sandbox.DefaultKey, "the sandbox's key"))
	if err := os.MkdirAll(c.StateDir, 0o700); err != nil {
		return err
	}
	d, err := daemon.Open(context.Background(), daemon.Options{Config: c, Version: "scenario", Observer: deafObserver{}, NoSync: true, Hints: w.hints})
	if err != nil {
		return err
	}
	claim, drain := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- d.Run(claim, context.Background()) }()
	w.daemon = d
	w.stop = func() error {
		drain()
		err := <-ran
		if bad := d.Close(); err == nil {
			err = bad
		}
		w.daemon, w.stop = nil, nil
		return err
	}
	return nil
}

type deafObserver struct{}

func (deafObserver) Applied(state.Applied) {}
func (deafObserver) Noticed(state.Notice)  {}

// hints are the kernel's, which a script can have dropped.
func (w *world) hints() (watcher.Hints, error) {
	h, err := watcher.NewFSHints()
	if err != nil {
		return nil, err
	}
	return &leaky{Hints: h, ears: &w.ears}, nil
}

// What becomes of hints.
const (
	hears     int32 = iota
	deaf            // they are dropped, and nobody is told
	overflows       // the next are dropped, and that is told, as the kernel does when its queue is full
)

// leaky loses hints as the script wants it.
type leaky struct {
	watcher.Hints
	ears *atomic.Int32
}

// Take returns what is left of the hints.
func (l *leaky) Take() watcher.Dirt {
	d := l.Hints.Take()
	switch {
	case l.ears.Load() == deaf:
		return watcher.Dirt{}
	case l.ears.CompareAndSwap(overflows, hears):
		return watcher.Dirt{Overflow: true}
	}
	return d
}

// digest of a file as it is now.
func (w *world) digest(name string) (string, error) {
	b, err := os.ReadFile(w.path(name))
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

func (w *world) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(w.dir, name)
}

// ready counts the ready assets by digest.
func (w *world) ready() map[string]int {
	n := map[string]int{}
	for _, a := range w.box.Assets() {
		if a.Status == sandbox.Ready {
			n[a.SHA256]++
		}
	}
	return n
}

// rest has the folders compared with the record, and waits until nothing is left that can move.
func (w *world) rest() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := w.daemon.Rescan(ctx); err != nil {
		return err
	}
	_, err := w.daemon.Once(ctx)
	return err
}

// status is what the commands would be told.
func (w *world) status() (control.Status, error) {
	return w.daemon.Service().Status(context.Background())
}

// broken says which promises do not hold.
func (w *world) broken() (all []string) {
	for sum, n := range w.ready() {
		switch name, known := w.whole[sum]; {
		case !known:
			all = append(all, fmt.Sprintf("bytes are ready that never were a whole version of a file: %s", w.assetOf(sum)))
		case n > 1 && !w.double[sum]:
			all = append(all, fmt.Sprintf("%s (%s) is ready %d times", name, sum[:8], n))
		}
	}
	for _, v := range w.box.Violations() {
		all = append(all, fmt.Sprintf("violation: %+v", v))
	}
	if w.daemon == nil {
		return all
	}
	s, err := w.status()
	if err != nil {
		return append(all, err.Error())
	}
	if t := s.Totals; t.Seen != t.Waiting+t.Active+t.Ready+t.Failed+t.Skipped {
		all = append(all, fmt.Sprintf("the accounting does not add up: %+v", t))
	}
	return all
}

func (w *world) assetOf(sum string) string {
	for _, a := range w.box.Assets() {
		if a.SHA256 == sum {
			return strings.TrimPrefix(a.Folder+"/"+a.Name, "/")
		}
	}
	return sum
}
