package sandbox

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Server is the stand-in: FLORA's API, its storage, and the pages about both. All methods may be called at any time
// from any goroutine.
type Server struct {
	opts    Options
	lock    *os.File
	journal *journal
	objects objects
	api     http.Handler
	storage http.Handler

	requests atomic.Int64            // names the requests of this life
	closed   func() error            // close, once
	origins  atomic.Pointer[origins] // nil: the Host of each request

	mu          sync.Mutex // guards everything below; never held across a wait, a sync or the network
	meta        meta
	key         string
	seq         int
	assets      map[string]*asset
	order       []*asset // by birth
	byWorkspace map[string][]*asset
	forms       map[string]*form
	keys        map[string]*usedKey
	keysSweep   int // sweep keys when there are this many
	violations  []Violation
	windows     map[string]*window // by workspace
	faults      faults
	attempts    map[attemptKey]int
	calls       int
}

// Open opens or creates the stand-in whose bytes and state are in opts.Dir. It fails for options that make no sense,
// for a folder in use by another process, and for a damaged state. The caller closes it.
func Open(opts Options) (*Server, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{
		opts: opts, key: opts.Key,
		assets: map[string]*asset{}, byWorkspace: map[string][]*asset{}, forms: map[string]*form{},
		keys: map[string]*usedKey{}, keysSweep: 4096, windows: map[string]*window{}, attempts: map[attemptKey]int{},
	}
	s.closed = sync.OnceValue(s.close)
	if err := s.SetFaults(opts.Faults); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	if err := os.MkdirAll(opts.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	if s.lock, err = lockDir(opts.Dir); err != nil {
		return nil, err
	}
	if err := s.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("sandbox: %w", err), s.Close())
	}
	s.api, s.storage = s.routes()
	if opts.URL != "" {
		o := origins{api: opts.URL, storage: opts.URL}
		setDefault(&opts.StorageURL, opts.URL)
		o.storage = opts.StorageURL
		s.origins.Store(&o)
	}
	return s, nil
}

// lockDir takes the folder for this process; the kernel gives it back however the process ends.
func lockDir(dir string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		return nil, fmt.Errorf("sandbox: %s is in use by another sandbox: %w", dir, err)
	}
	return file, nil
}

// load replays the journal, rewrites it where most of it is history, and removes bytes that nobody holds.
func (s *Server) load() error {
	dir := s.opts.Dir
	j, lines, err := openJournal(dir, s.opts.NoSync, s.apply)
	if err != nil {
		return err
	}
	s.journal = j
	live := 1 + len(s.assets) + len(s.forms) + len(s.keys) + len(s.violations)
	if lines > 2*live+1000 {
		if err := errors.Join(j.close(), writeJournal(dir, s.entries(time.Now()))); err != nil {
			return err
		}
		if s.journal, _, err = openJournal(dir, s.opts.NoSync, func(entry) {}); err != nil {
			return err
		}
	}
	if s.objects, err = openObjects(filepath.Join(dir, "objects"), s.opts.NoSync); err != nil {
		return err
	}
	held := map[string]bool{}
	for _, a := range s.order {
		if a.Object != nil {
			held[a.Object.File] = true
		}
	}
	if err := s.objects.sweep(held); err != nil {
		return err
	}
	return s.begin()
}

// begin writes down that a new life began.
func (s *Server) begin() error {
	m := s.meta
	if m.Secret == "" {
		m.Secret = rand.Text()
		if s.opts.Seed != 0 {
			m.Secret = "seed " + strconv.FormatUint(s.opts.Seed, 10)
		}
	}
	m.Life++
	if err := s.put(entry{Meta: &m}); err != nil {
		return err
	}
	return s.journal.sync()
}

// put appends e to the journal and takes it into memory. The caller holds mu and syncs the journal before it answers.
func (s *Server) put(e entry) error {
	if err := s.journal.append(e); err != nil {
		return err
	}
	s.apply(e)
	return nil
}

// Close makes the state durable and gives the folder back. Requests still under way fail. A second Close does nothing.
func (s *Server) Close() error { return s.closed() }

func (s *Server) close() error {
	var err error
	if s.journal != nil {
		err = s.journal.close()
	}
	return errors.Join(err, s.lock.Close())
}

// SetKey replaces the accepted API key, as a rotation does: the former one is invalid at once.
func (s *Server) SetKey(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key = key
}

// Handler serves everything on one address: API, storage, and the pages. It answers only loopback Host headers.
func (s *Server) Handler() http.Handler { return loopbackOnly(s.api) }

// StorageHandler serves the storage alone: form posts and the bytes of ready assets.
func (s *Server) StorageHandler() http.Handler { return loopbackOnly(s.storage) }
