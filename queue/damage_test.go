package queue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// sample makes a closed record with a few hundred rows in all standings, and returns its bytes.
func sample(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "queue.db")
	q, err := Open(t.Context(), Options{Path: path, Create: true, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := q.AddRoot(t.Context(), "inbox", "/srv/inbox"); err != nil {
		t.Fatal(err)
	}
	arrivals := make([]Arrival, 300)
	for i := range arrivals {
		arrivals[i] = Arrival{Sighting: state.Sighting{Root: "inbox", Path: state.Path(fmt.Sprintf("d%02d/f%03d", i/50, i)), At: time.Unix(1e9, 0),
			Print: state.Fingerprint{Inode: uint64(i + 1), Size: 10, MTime: 1}}}
	}
	ids, err := q.Sight(t.Context(), arrivals)
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range ids {
		if i%3 == 0 {
			if _, err := q.Apply(t.Context(), state.Change{ID: id, Outcome: state.Skip(state.Rule, "no")}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// exercise opens a file and uses it as the daemon would. It reports what it saw first; what must not happen is a panic, which ends the test binary.
func exercise(ctx context.Context, path string) error {
	q, err := Open(ctx, Options{Path: path, NoSync: true, LockTimeout: -1})
	if err != nil {
		return err
	}
	defer q.Close()
	var errs []error
	note := func(err error) { errs = append(errs, err) }
	r, err := q.Check(ctx)
	note(err)
	if !r.OK() {
		note(fmt.Errorf("%w: %s", ErrDamaged, r.Problems[0]))
	}
	_, err = q.Counts(ctx)
	note(err)
	_, err = q.Known(ctx, "inbox", "d01", "", 99)
	note(err)
	_, _, err = q.List(ctx, Query{All: true}, "", 500)
	note(err)
	items, _, err := q.Claim(ctx, time.Unix(2e9, 0), state.Lane{Root: "inbox"}, 500)
	note(err)
	if len(items) > 0 {
		_, err = q.Apply(ctx, state.Change{ID: items[0].ID, Rev: items[0].Rev, Outcome: state.Skip(state.Rule, "")})
		note(err)
	}
	_, err = q.Sight(ctx, []Arrival{{Sighting: state.Sighting{Root: "inbox", Path: "d02/new", Print: state.Fingerprint{Inode: 5, Size: 1}}}})
	note(err)
	return errors.Join(errs...)
}

func put(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestTruncatedFileIsDamaged(t *testing.T) {
	whole := sample(t)
	path := filepath.Join(t.TempDir(), "queue.db")
	for _, n := range []int{0, 1, 100, 4096, 8192, 12288, 20000, len(whole) / 4, len(whole) / 2} {
		put(t, path, whole[:n])
		if err := exercise(t.Context(), path); !errors.Is(err, ErrDamaged) {
			t.Errorf("%d bytes of %d: got %v", n, len(whole), err)
		}
		if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, whole[:n]) {
			t.Errorf("%d bytes: the damaged file was written over: %d, %v", n, len(b), err)
		}
	}
}

func TestGarbageIsDamagedAndLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	garbage := make([]byte, 40000)
	for i := range garbage {
		garbage[i] = byte(i * 7)
	}
	put(t, path, garbage)
	if _, err := Open(t.Context(), Options{Path: path, Create: true}); !errors.Is(err, ErrDamaged) {
		t.Fatalf("got %v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != string(garbage) {
		t.Fatal("the file was changed")
	}
}

// TestFlippedBytesNeverPanic turns bits in every page. Most flips are found; one inside a stored text cannot be. No flip may end the process.
func TestFlippedBytesNeverPanic(t *testing.T) {
	whole := sample(t)
	path := filepath.Join(t.TempDir(), "queue.db")
	rng := rand.New(rand.NewPCG(1, 2))
	found, tried := 0, 0
	for page := 0; page < len(whole)/4096; page++ {
		for range 3 {
			b := append([]byte(nil), whole...)
			at := page*4096 + rng.IntN(4096)
			if rng.IntN(2) == 0 {
				at = page*4096 + rng.IntN(96) // the page's head and first elements
			}
			b[at] ^= byte(1 << rng.IntN(8))
			put(t, path, b)
			tried++
			err := exercise(t.Context(), path)
			if errors.Is(err, ErrLocked) {
				t.Fatalf("page %d: the lock of a damaged file was kept", page)
			}
			if err != nil {
				found++
			}
		}
	}
	if found == 0 {
		t.Fatalf("none of %d flips was noticed", tried)
	}
	t.Logf("%d of %d flips were noticed", found, tried)
}

func TestMissingLockedNewerAndForeign(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "sub", "queue.db")
	if _, err := Open(t.Context(), Options{Path: path}); !errors.Is(err, ErrMissing) {
		t.Fatalf("missing: got %v", err)
	}
	q, err := Open(t.Context(), Options{Path: path, Create: true, Machine: state.Machine{7}})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]fs.FileMode{path: 0o600, filepath.Dir(path): 0o700 | fs.ModeDir} {
		if info, err := os.Stat(name); err != nil || info.Mode() != want {
			t.Errorf("%s has mode %v, want %v", name, info.Mode(), want)
		}
	}
	if _, err := Open(t.Context(), Options{Path: path, LockTimeout: -1}); !errors.Is(err, ErrLocked) {
		t.Fatalf("locked: got %v", err)
	}
	if err := errors.Join(q.Close(), q.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := q.Submit(state.Change{ID: 1}); !errors.Is(err, ErrClosed) {
		t.Fatalf("closed: got %v", err)
	}
	q, err = Open(t.Context(), Options{Path: path, ReadOnly: true, Machine: state.Machine{8}})
	if err != nil {
		t.Fatal(err)
	}
	if q.Machine() != (state.Machine{7}) || q.Schema() != schemaVersion || q.Size() == 0 {
		t.Errorf("machine %v, schema %d, %d bytes", q.Machine(), q.Schema(), q.Size())
	}
	if err := q.AddRoot(t.Context(), "x", "/x"); !errors.Is(err, ErrReadOnly) {
		t.Errorf("read only: got %v", err)
	}
	if r, err := q.Check(t.Context()); err != nil || !r.OK() {
		t.Errorf("check: %+v, %v", r, err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	rewriteMeta(t, path, func(tx *bolt.Tx) error { return tx.Bucket(bucketMeta).Put(metaSchema, key8(9)) })
	var newer *NewerError
	if _, err := Open(t.Context(), Options{Path: path}); !errors.Is(err, ErrNewer) || !errors.As(err, &newer) || newer.Found != 9 {
		t.Fatalf("newer: got %v", err)
	}
	rewriteMeta(t, path, func(tx *bolt.Tx) error { return tx.DeleteBucket(bucketMeta) })
	if _, err := Open(t.Context(), Options{Path: path, Create: true}); !errors.Is(err, ErrDamaged) {
		t.Fatalf("foreign: got %v", err)
	}
}

func rewriteMeta(t *testing.T, path string, fn func(*bolt.Tx) error) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(fn), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestMigrationKeepsACopy takes a record of a schema that was never released, 0, one step up.
func TestMigrationKeepsACopy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	put(t, path, sample(t))
	rewriteMeta(t, path, func(tx *bolt.Tx) error {
		return errors.Join(tx.DeleteBucket(bucketFiles), tx.DeleteBucket(bucketTwins), tx.Bucket(bucketMeta).Put(metaSchema, key8(0)))
	})
	if _, err := Open(t.Context(), Options{Path: path}); !errors.Is(err, ErrDamaged) {
		t.Fatalf("without a step: got %v", err)
	}
	migrations[0] = func(tx *bolt.Tx) error { return tx.Bucket(bucketMeta).Put([]byte("stepped"), []byte("yes")) }
	defer delete(migrations, 0)
	q, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if q.Schema() != schemaVersion {
		t.Errorf("schema %d", q.Schema())
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + ".schema-0"); err != nil {
		t.Errorf("no copy: %v", err)
	}
}

// TestSchema1 had no index of the files that stand.
func TestSchema1(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	put(t, path, sample(t))
	rewriteMeta(t, path, func(tx *bolt.Tx) error {
		return errors.Join(tx.DeleteBucket(bucketFiles), tx.DeleteBucket(bucketTwins), tx.Bucket(bucketMeta).Put(metaSchema, key8(1)))
	})
	q, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	report, err := q.Check(t.Context())
	if err != nil || !report.OK() || report.Rows == 0 {
		t.Errorf("after the migration: %+v, %v", report, err)
	}
}
