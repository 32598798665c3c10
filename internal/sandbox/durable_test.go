package sandbox

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// lives opens the same folder again and again, each life served until the next begins.
func lives(t *testing.T, opts Options) func() *client {
	var stop func()
	opts.Dir = t.TempDir()
	next := func() *client {
		t.Helper()
		if stop != nil {
			stop()
		}
		s, err := Open(opts)
		if err != nil {
			t.Fatal(err)
		}
		m := newMemory()
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- s.Serve(ctx, m) }()
		c := &client{t: t, s: s, http: newHTTP(m), key: DefaultKey}
		stop = func() {
			c.http.CloseIdleConnections()
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		return c
	}
	t.Cleanup(func() { stop() })
	return next
}

func TestRestart(t *testing.T) {
	next := lives(t, Options{Storage: ImageKit})
	c := next()
	id := c.ready("a.png", "bytes")
	c.must(200, "POST", "/projects/prj_p/assets/"+id+"/attach", "{}", "Idempotency-Key", "k")
	pending := c.reserve("b.png")
	spent := c.reserve("c.png")
	if _, err := c.post(spent.upload(t), "x"); err != nil {
		t.Fatal(err)
	}
	c.must(400, "POST", "/assets", "{")
	before, broken := c.s.Assets(), c.s.Violations()
	requestID := pending.header.Get("request-id")

	c = next()
	if after := c.s.Assets(); len(after) != 3 || !slices.EqualFunc(before, after, func(a, b Asset) bool {
		return a.ID == b.ID && a.Status == b.Status && a.SHA256 == b.SHA256 && a.CreatedAt.Equal(b.CreatedAt) && len(a.Posts) == len(b.Posts) && slices.Equal(a.Nodes, b.Nodes)
	}) {
		t.Errorf("got %+v, want %+v", after, before)
	}
	if after := c.s.Violations(); len(after) != 1 || after[0].Rule != broken[0].Rule {
		t.Errorf("got %+v, want %+v", after, broken)
	}
	if got := c.get(c.must(200, "GET", "/assets/"+id, "").str("url")); got.raw != "bytes" {
		t.Errorf("got %q", got.raw)
	}
	c.must(409, "POST", "/projects/prj_p/assets/"+id+"/attach", "{}", "Idempotency-Key", "k")
	c.mustPost(200, pending.upload(t), "x")
	c.mustPost(400, spent.upload(t), "x")
	c.wantRules(Malformed, FormSpent)
	if r := c.reserve("d.png"); r.header.Get("request-id") == requestID || slices.ContainsFunc(before, func(a Asset) bool { return a.ID == r.str("asset_id") }) {
		t.Errorf("an id came twice: %s", r.raw)
	}
}

func TestTornJournal(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, journalName)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	reopen := func(content string) error {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(Options{Dir: dir})
		if err != nil {
			return err
		}
		return s.Close()
	}
	for _, tail := range []string{`{"asset":{"id":"asset_x"`, "{\"asset\":{\"id\n", "\x00\x00\x00"} {
		if err := reopen(string(whole) + tail); err != nil {
			t.Errorf("torn by %q: %v", tail, err)
		}
	}
	if err := reopen("not json\n" + string(whole)); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("damage in the middle: got %v", err)
	}
}

func TestCompaction(t *testing.T) {
	opts := Options{Dir: t.TempDir(), NoSync: true}
	s, err := Open(opts)
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	err = errors.Join(
		s.put(entry{Form: &form{ID: "live", Asset: "asset_a", Expires: time.Now().Add(time.Hour)}}),
		s.put(entry{Form: &form{ID: "old", Asset: "asset_a", Expires: time.Now().Add(-3 * time.Hour)}}),
		s.put(entry{Key: &usedKey{Scope: "live", At: time.Now()}}),
		s.put(entry{Key: &usedKey{Scope: "old", At: time.Now().Add(-25 * time.Hour)}}),
		s.put(entry{Violation: &Violation{Rule: KeyReused}}),
	)
	s.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	secret := s.meta.Secret
	a := &asset{ID: "asset_a", Workspace: "ws_a", Via: "signed_url", CreatedAt: time.Now()}
	for i := range 3000 {
		a.Name = strconv.Itoa(i)
		copied := *a
		s.mu.Lock()
		err = s.put(entry{Asset: &copied})
		s.mu.Unlock()
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(opts.Dir, journalName)
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if s, err = Open(opts); err != nil {
			t.Fatal(err)
		}
		if got := s.Assets(); len(got) != 1 || got[0].Name != "2999" {
			t.Errorf("got %+v", got)
		}
		if s.meta.Secret != secret || len(s.violations) != 1 || s.forms["live"] == nil || s.keys["live"] == nil {
			t.Error("compaction lost something")
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if s.forms["old"] != nil || s.keys["old"] != nil {
		t.Error("compaction kept what nobody can ask for")
	}
	after, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if after.Size() > before.Size()/100 {
		t.Errorf("%d bytes before, %d after", before.Size(), after.Size())
	}
}

func TestLeftoversAreSwept(t *testing.T) {
	opts := Options{Dir: t.TempDir(), NoSync: true}
	folder := filepath.Join(opts.Dir, "objects")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "incoming-1"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := start(t, opts)
	c.ready("a.png", "x")
	r := c.reserve("b.png")
	for _, content := range []string{"1", "2", "3"} {
		c.mustPost(204, r.upload(t), content)
	}
	names, err := os.ReadDir(folder)
	if err != nil || len(names) != 2 {
		t.Errorf("got %v %v, want one file per asset", names, err)
	}
}

func TestOneProcessOnly(t *testing.T) {
	opts := Options{Dir: t.TempDir()}
	s, err := Open(opts)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(opts); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("got %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(opts); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestFullDiskIsNotAnswered(t *testing.T) {
	c := start(t, Options{})
	c.s.journal.mu.Lock()
	c.s.journal.err = os.ErrClosed
	c.s.journal.mu.Unlock()
	if r := c.must(500, "POST", "/assets", reservation); r.code() != "internal_error" {
		t.Errorf("got %s", r.raw)
	}
	if n := len(c.s.Assets()); n != 0 {
		t.Errorf("got %d assets", n)
	}
	c.s.journal.mu.Lock()
	c.s.journal.err = nil
	c.s.journal.mu.Unlock()
}

func TestOptionsAreChecked(t *testing.T) {
	for _, opts := range []Options{
		{}, {Dir: "x", Storage: "s3"}, {Dir: "x", Empty: "maybe"}, {Dir: "x", Retry: "never"}, {Dir: "x", Faults: "x"},
		{Dir: "x", StorageURL: "http://127.0.0.1"},
	} {
		if s, err := Open(opts); err == nil {
			t.Errorf("%+v was taken", opts)
			s.Close()
		}
	}
}

// TestDurableBeforeAnswered looks at the disk when the effect is done and the answer is not sent.
func TestDurableBeforeAnswered(t *testing.T) {
	dir := t.TempDir()
	var missing []string
	look := func(op Op, want func(journal string) bool) {
		raw, err := os.ReadFile(filepath.Join(dir, journalName))
		if err != nil || !want(string(raw)) {
			missing = append(missing, string(op))
		}
	}
	wants := map[Op]func(string) bool{
		OpCreate: func(j string) bool { return strings.Contains(j, `"name":"a.png"`) },
		OpPost: func(j string) bool {
			names, err := os.ReadDir(filepath.Join(dir, "objects"))
			return err == nil && len(names) == 1 && strings.Contains(j, `"file":"`+names[0].Name()+`"`)
		},
		OpComplete: func(j string) bool { return strings.Contains(j, `"completed":true`) },
		OpAttach: func(j string) bool {
			return strings.Contains(j, `"project":"prj_p"`) && strings.Contains(j, "attach-key")
		},
	}
	seen := 0
	c := start(t, Options{Dir: dir, Fault: func(call Call) Fault {
		want := wants[call.Op]
		if want == nil {
			return Fault{}
		}
		return Fault{Then: func() { seen++; look(call.Op, want) }}
	}})
	id := c.ready("a.png", "x")
	c.must(200, "POST", "/projects/prj_p/assets/"+id+"/attach", "{}", "Idempotency-Key", "attach-key")
	if seen != len(wants) || len(missing) > 0 {
		t.Errorf("%d looks, not on disk: %v", seen, missing)
	}
}
