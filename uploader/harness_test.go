package uploader_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader"
	"github.com/florasync/florasync/uploader/flora"
)

// pipes is a network in memory, so that time can be fake: whatever is dialled reaches the one listener.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
	mu    sync.Mutex
	fail  func(address string) error // what a dial says, instead of connecting
	open  map[net.Conn]string        // connections and what was dialled for them
}

func newPipes() *pipes {
	return &pipes{conns: make(chan net.Conn), done: make(chan struct{}), open: make(map[net.Conn]string)}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

func (p *pipes) dial(ctx context.Context, _, address string) (net.Conn, error) {
	p.mu.Lock()
	fail := p.fail
	p.mu.Unlock()
	if fail != nil {
		if err := fail(address); err != nil {
			return nil, err
		}
	}
	ours, theirs := net.Pipe()
	p.mu.Lock()
	p.open[ours] = address
	p.mu.Unlock()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// refused is what dialling a port says where nobody listens.
func refused(string) error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
}

// setFail has every dial ask fail from now on, and cuts the connections that could not be made now; nil: connections are made.
func (p *pipes) setFail(fail func(address string) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail = fail
	for c, address := range p.open {
		if fail != nil && fail(address) != nil {
			c.Close()
			delete(p.open, c)
		}
	}
}

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

// requests are those that left the client, or tried to.
type requests struct {
	mu  sync.Mutex
	all []request
}

type request struct {
	op  flora.Op
	at  time.Time
	err error
}

func (r *requests) note(x flora.Exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, request{x.Op, time.Now(), x.Err})
}

// count counts the requests of some operations, or all of them, since then.
func (r *requests) count(since time.Time, ops ...flora.Op) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range r.all {
		if !x.at.Before(since) && (len(ops) == 0 || slices.Contains(ops, x.op)) {
			n++
		}
	}
	return n
}

type notices struct {
	mu      sync.Mutex
	applied []state.Applied
	noticed []state.Notice
}

func (n *notices) Applied(a state.Applied) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.applied = append(n.applied, a)
}

func (n *notices) Noticed(e state.Notice) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.noticed = append(n.noticed, e)
}

func (n *notices) events(event state.Event) (count int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, e := range n.noticed {
		if e.Event == event {
			count++
		}
	}
	return count
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

// run runs one life for so long, in fake time, and then stops it softly.
func (b *bench) run(d time.Duration) {
	b.t.Helper()
	b.life(func(claim, work context.CancelFunc) {
		time.Sleep(d)
		claim()
	})
}

// kill runs one life for so long and then takes everything away that is memory.
func (b *bench) kill(d time.Duration) {
	b.t.Helper()
	b.life(func(claim, work context.CancelFunc) {
		time.Sleep(d)
		claim()
		work()
	})
}

func (b *bench) life(end func(claim, work context.CancelFunc)) {
	b.t.Helper()
	if err := b.try(end); err != nil {
		b.t.Errorf("uploader: %v", err)
	}
}

// try is a life that may end with an error.
func (b *bench) try(end func(claim, work context.CancelFunc)) error {
	b.t.Helper()
	client, err := flora.New(flora.Options{BaseURL: mustURL(b.t, "http://localhost/api/v1"), Key: func() (string, error) { return *b.key.Load(), nil },
		Dial: b.net.dial, MaxConns: 4, Observe: b.sent.note})
	if err != nil {
		b.t.Fatal(err)
	}
	defer client.Close()
	b.root.Account = uploader.NewAccount("test", client)
	b.root.Account.Changed = b.changed
	b.hand.Account = b.root.Account
	if b.other != nil {
		b.hand.Account = uploader.NewAccount("other", client.WithKey(func() (string, error) { return *b.otherKey.Load(), nil }))
		b.other(b.hand.Account)
	}
	b.options.Queue = record{b.queue}
	if b.wrap != nil {
		b.options.Queue = b.wrap
	}
	u, err := uploader.New(b.options)
	if err != nil {
		b.t.Fatal(err)
	}
	b.live.Store(u)
	claim, stopClaim := context.WithCancel(b.t.Context())
	work, stopWork := context.WithCancel(b.t.Context())
	defer stopWork()
	ran := make(chan error, 1)
	go func() { ran <- u.Run(claim, work) }()
	end(stopClaim, stopWork)
	err = <-ran
	synctest.Wait()
	return err
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

// promises checks that exactly the files in the inbox are ready, each once, with its bytes, and that no rule of FLORA was broken.
func (b *bench) promises() {
	b.t.Helper()
	ready := map[string]int{}
	for _, a := range b.box.Assets() {
		if a.Status == sandbox.Ready {
			ready[a.SHA256]++
		}
	}
	files := 0
	b.eachFile(func(name, sum string) {
		files++
		if n := ready[sum]; n != 1 {
			b.t.Errorf("%s is ready %d times", name, n)
		}
	})
	if len(ready) != files {
		b.t.Errorf("%d ready assets for %d files", len(ready), files)
	}
	b.lawful()
}

// eachFile tells the digest of every file in the inbox.
func (b *bench) eachFile(tell func(name, sum string)) {
	b.t.Helper()
	err := filepath.WalkDir(b.root.Source.Path(), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		tell(strings.TrimPrefix(path, b.root.Source.Path()+"/"), hex.EncodeToString(sum[:]))
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) lawful() {
	b.t.Helper()
	for _, v := range b.box.Violations() {
		b.t.Errorf("violation: %+v", v)
	}
	report, err := b.queue.Check(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	for _, p := range report.Problems {
		b.t.Errorf("record: %v", p)
	}
}
