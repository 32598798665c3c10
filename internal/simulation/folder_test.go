package simulation

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// png begins the files of the simulation: FLORA takes them.
const png = "\x89PNG\r\n\x1a\n"

// folder is a watched folder together with everything that was ever written to it.
type folder struct {
	t    *testing.T
	dir  string // the watched folder
	done string // where files are moved to

	random   *rand.Rand
	clock    time.Time                  // of the writers: each write has its own mtime
	stands   map[string]string          // path → digest of what was last written there and not taken away by anybody but the daemon
	versions map[string]string          // digest of every complete version → the path it was written to
	names    map[string]int             // digest of every complete version → how many names were given to a file with it
	excused  map[string]int             // digest → how often one may be uploaded once more, where docs/guarantees.md says that nobody can tell
	moved    func(from, to, sum string) // is told of each file that is renamed; may be nil
	hidden   map[string]string          // path → what a life that died left of it under a name of the daemon's: it is put back when it was written to
}

func newFolder(t *testing.T, dir string, seed uint64) *folder {
	t.Helper()
	f := &folder{t: t, dir: filepath.Join(dir, "inbox"), done: filepath.Join(dir, "done"), random: rand.New(rand.NewPCG(seed, 1)),
		clock: time.Now().Truncate(time.Second), stands: map[string]string{}, versions: map[string]string{}, names: map[string]int{}, excused: map[string]int{},
		hidden: map[string]string{}}
	for _, d := range []string{f.dir, f.done} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func (f *folder) path(name string) string { return filepath.Join(f.dir, name) }

// bytes makes content that no other version has.
func (f *folder) bytes(size int) []byte {
	b := make([]byte, max(size, len(png)+16))
	for i := range b {
		b[i] = byte(f.random.Uint32())
	}
	copy(b, png)
	return b
}

// content is bytes that no other version has, or, where files may be equal, often those of the version before.
func (m *machine) content(size int) []byte {
	if !m.equal || m.last == nil || m.random.IntN(4) == 0 {
		m.last = m.bytes(size)
	}
	return m.last
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// note remembers that a version is whole now, under every name that its file has.
func (f *folder) note(name string, content []byte) string {
	sum := digest(content)
	f.versions[sum] = name
	for _, each := range append(f.aliases(name), name) {
		f.stands[each] = sum
		f.names[sum]++
	}
	for each, leftover := range f.hidden {
		if !sameFile(leftover, f.path(name)) {
			continue
		}
		f.names[sum]++
		if _, err := os.Stat(f.path(each)); err != nil {
			f.stands[each] = sum
		}
	}
	return sum
}

// aliases returns the other names of the file at a path.
func (f *folder) aliases(name string) (others []string) {
	for other := range f.stands {
		if other != name && f.same(name, other) {
			others = append(others, other)
		}
	}
	return others
}

// same reports two names of one file.
func (f *folder) same(a, b string) bool { return sameFile(f.path(a), f.path(b)) }

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// manyNames reports a file that has another name, be it where files are moved to.
func (f *folder) manyNames(name string) bool {
	info, err := os.Stat(f.path(name))
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Nlink > 1
}

// link gives a file a second name, where none stands.
func (f *folder) link(from, to string) (done bool) {
	f.t.Helper()
	f.must(os.MkdirAll(filepath.Dir(f.path(to)), 0o755))
	err := os.Link(f.path(from), f.path(to))
	if os.IsExist(err) || !f.may(err) {
		return false
	}
	sum := f.stands[from]
	f.stands[to] = sum
	f.names[sum]++
	return true
}

// write writes a file in one go, in place, and returns its digest.
func (f *folder) write(name string, content []byte) string {
	f.t.Helper()
	f.writeSlowly(name, content, 0)
	return f.note(name, content)
}

// writeSlowly writes a file in two parts with a pause between. The caller notes it.
func (f *folder) writeSlowly(name string, content []byte, pause time.Duration) {
	f.t.Helper()
	path := f.path(name)
	f.must(os.MkdirAll(filepath.Dir(path), 0o755))
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	f.must(err)
	half := len(content) / 2
	_, err = file.Write(content[:half])
	f.must(err)
	if pause > 0 {
		time.Sleep(pause)
	}
	_, err = file.Write(content[half:])
	f.must(err)
	f.must(os.Chtimes(path, time.Time{}, f.tick()))
	f.must(file.Close())
}

// replace writes a file beside its name and renames it into place, as editors do.
func (f *folder) replace(name string, content []byte) string {
	f.t.Helper()
	tmp := filepath.Join(filepath.Dir(f.path(name)), ".new.tmp")
	f.must(os.MkdirAll(filepath.Dir(tmp), 0o755))
	f.must(os.WriteFile(tmp, content, 0o644))
	f.must(os.Chtimes(tmp, time.Time{}, f.tick()))
	f.must(os.Rename(tmp, f.path(name)))
	return f.note(name, content)
}

// touch moves the stamps of a file and leaves its bytes.
func (f *folder) touch(name string) {
	f.t.Helper()
	f.may(os.Chtimes(f.path(name), time.Time{}, f.tick()))
}

// rename moves a file within the folder. It may be gone: the daemon files away.
func (f *folder) rename(from, to string) {
	f.t.Helper()
	f.must(os.MkdirAll(filepath.Dir(f.path(to)), 0o755))
	if f.same(from, to) { // two names of one file: the kernel does nothing
		return
	}
	if f.may(os.Rename(f.path(from), f.path(to))) {
		sum := f.stands[from]
		delete(f.stands, from)
		f.arrives(from, to, sum)
	}
}

// arrives notes a file that was renamed.
func (f *folder) arrives(from, to, sum string) {
	f.stands[to] = sum
	if f.moved != nil {
		f.moved(from, to, sum)
	}
}

func (f *folder) remove(name string) {
	f.t.Helper()
	f.may(os.Remove(f.path(name)))
	delete(f.stands, name)
}

func (f *folder) tick() time.Time {
	f.clock = f.clock.Add(time.Second)
	return f.clock
}

func (f *folder) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// may reports whether something worked that fails when the daemon has taken the file away.
func (f *folder) may(err error) bool {
	f.t.Helper()
	if err != nil && !os.IsNotExist(err) {
		f.t.Fatal(err)
	}
	return err == nil
}

// digests returns what stands below a directory, by path.
func (f *folder) digests(dir string) map[string]string {
	f.t.Helper()
	found := map[string]string{}
	f.must(filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		found[strings.TrimPrefix(path, dir+"/")] = digest(content)
		return nil
	}))
	return found
}
