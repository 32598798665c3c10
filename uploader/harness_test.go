package uploader_test

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader"
)

// bench is one life after another of an uploader against one sandbox.
type bench struct {
	t       *testing.T
	dir     string
	box     *sandbox.Server
	net     *pipes
	queue   *queue.Queue
	root    uploader.Root
	options uploader.Options
	seen    *notices
	stop    func()

	hand uploader.Root  // what is named by hand
	wrap uploader.Queue // stands in for the record
	sent *requests

	other    func(*uploader.Account) // makes what is named by hand use a key of its own
	otherKey atomic.Pointer[string]
	key      atomic.Pointer[string]
	changed  chan struct{} // the key's source changed
	live     atomic.Pointer[uploader.Uploader]
	looks    sync.WaitGroup
}

// roots is the configuration: one root.
func (b *bench) Root(name string) (uploader.Root, bool) {
	switch name {
	case "inbox":
		return b.root, true
	case "":
		return b.hand, b.hand.Source != nil
	}
	return uploader.Root{}, false
}

// record adapts the queue to what the uploader asks.
type record struct{ *queue.Queue }

func (r record) Get(ctx context.Context, id state.ID) (state.Item, bool, error) {
	it, err := r.Queue.Get(ctx, id)
	if errors.Is(err, queue.ErrNoRow) {
		return it, false, nil
	}
	return it, err == nil, err
}

// newBench starts a sandbox; it must run inside a bubble.
func newBench(t *testing.T, o sandbox.Options) *bench {
	t.Helper()
	return newTampered(t, o, func(h http.Handler) http.Handler { return h })
}

// newTampered is newBench with something between client and sandbox.
func newTampered(t *testing.T, o sandbox.Options, tamper func(http.Handler) http.Handler) *bench {
	t.Helper()
	b := &bench{t: t, dir: t.TempDir(), net: newPipes(), seen: &notices{}, sent: &requests{}, changed: make(chan struct{}, 1)}
	b.setKey(sandbox.DefaultKey)
	o.Dir, o.NoSync = filepath.Join(b.dir, "flora"), true
	o.URL, o.StorageURL = "http://localhost", "http://storage.localhost"
	var err error
	if b.box, err = sandbox.Open(o); err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: tamper(b.box.Handler()), ErrorLog: log.New(io.Discard, "", 0)}
	served := make(chan error, 1)
	go func() { served <- server.Serve(b.net) }()
	if err := os.Mkdir(filepath.Join(b.dir, "inbox"), 0o755); err != nil {
		t.Fatal(err)
	}
	src, err := source.New("inbox", filepath.Join(b.dir, "inbox"))
	if err != nil {
		t.Fatal(err)
	}
	b.root = uploader.Root{Source: src, Route: state.Route{Workspace: "ws_a", Folder: "in/{dir}"}}
	b.options = uploader.Options{Roots: b, Observer: b.seen, Jitter: func() float64 { return 0.5 }}
	b.open()
	// The record was born a second ago: its first second is a test's of its own.
	if err := b.queue.SetBirth(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second)
	b.stop = func() {
		b.looks.Wait()
		b.queue.Close()
		server.Close()
		b.net.Close()
		<-served
		if err := b.box.Close(); err != nil {
			t.Errorf("sandbox: %v", err)
		}
	}
	return b
}

func (b *bench) open() {
	b.t.Helper()
	q, err := queue.Open(b.t.Context(), queue.Options{Path: filepath.Join(b.dir, "state", "record.db"), Create: true, NoSync: true, Observer: b.seen})
	if err != nil {
		b.t.Fatal(err)
	}
	if err := q.AddRoot(b.t.Context(), "inbox", b.root.Source.Path()); err != nil {
		b.t.Fatal(err)
	}
	b.queue = q
}

// write makes a file of random bytes after the given magic and enqueues it as it stands.
func (b *bench) write(name, magic string, size int) state.ID {
	b.t.Helper()
	bytes := make([]byte, size)
	rand.Read(bytes)
	copy(bytes, magic)
	path := filepath.Join(b.root.Source.Path(), name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes, 0o644); err != nil {
		b.t.Fatal(err)
	}
	return b.sight(name)
}

func (b *bench) sight(name string) state.ID {
	b.t.Helper()
	e, err := b.root.Source.Stat(state.Path(name))
	if err != nil {
		b.t.Fatal(err)
	}
	ids, err := b.queue.Sight(b.t.Context(), []queue.Arrival{{Sighting: state.Sighting{Root: "inbox", Path: state.Path(name), Print: e.Print, At: time.Now()}}})
	if err != nil {
		b.t.Fatal(err)
	}
	return ids[0]
}

// handSource is the root of what is named by hand.
func (b *bench) handSource() *source.Root {
	b.t.Helper()
	src, err := source.New("", "/")
	if err != nil {
		b.t.Fatal(err)
	}
	if err := b.queue.AddRoot(b.t.Context(), "", "/"); err != nil {
		b.t.Fatal(err)
	}
	return src
}

// byHand makes a file outside every root and names it by hand.
func (b *bench) byHand(name, workspace string) state.ID {
	b.t.Helper()
	path := filepath.Join(b.dir, "elsewhere", name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("\x89PNG\r\n\x1a\n"+name), 0o644); err != nil {
		b.t.Fatal(err)
	}
	return b.arrive(queue.Arrival{Sighting: state.Sighting{Path: state.Path(path[1:])}, Named: true, To: state.Destination{Workspace: workspace}})
}

// arrive enqueues what a command named.
func (b *bench) arrive(a queue.Arrival) state.ID {
	b.t.Helper()
	a.At = time.Now()
	if a.Path != "" {
		e, err := b.hand.Source.Stat(a.Path)
		if err != nil {
			b.t.Fatal(err)
		}
		a.Print = e.Print
	}
	ids, err := b.queue.Sight(b.t.Context(), []queue.Arrival{a})
	if err != nil {
		b.t.Fatal(err)
	}
	return ids[0]
}

func (b *bench) setKey(key string) { b.key.Store(&key) }

func (b *bench) item(id state.ID) state.Item {
	b.t.Helper()
	it, err := b.queue.Get(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return it
}
