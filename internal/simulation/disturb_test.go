package simulation

import (
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"time"

	"github.com/florasync/florasync/state"
)

// unmount takes the folder away, and leaves nothing at its path, or an empty directory, as unmounting does.
func (p *player) unmount() {
	empty := p.r.IntN(2) == 0
	p.say("unmounted, empty directory %v", empty)
	p.must(os.Rename(p.dir, p.dir+".away"))
	if empty {
		p.must(os.Mkdir(p.dir, 0o755))
	}
	p.unmounted = true
	if p.away != nil {
		p.away()
	}
}

// mount brings the folder back.
func (p *player) mount() {
	p.say("mounted")
	if err := os.Remove(p.dir); err != nil && !os.IsNotExist(err) {
		p.t.Fatalf("something was put where nothing is mounted: %v", err)
	}
	p.must(os.Rename(p.dir+".away", p.dir))
	p.unmounted, p.mounted = false, time.Now()
}

// setAside leaves the folder as a life does that is killed between the two system calls of a removal or a move: the file has our name, and is to be looked at
// and unlinked or moved on, or put back.
func (p *player) setAside() {
	if p.edited || !p.service.tellsSize() { // nobody looks for what a life left that was configured otherwise
		return
	}
	for _, it := range p.rows() {
		name, w := p.fileOf(it)
		if w.After == "keep" {
			continue
		}
		info, err := os.Stat(p.path(name))
		if it.Phase != state.Attached || it.Halt != state.None || it.Parked() || it.Away != 0 || err != nil || p.stands[name] != hex.EncodeToString(it.Digest[:]) ||
			info.ModTime().UnixNano() != it.Print.MTime {
			continue
		}
		p.say("set aside %s", name)
		p.aside(it)
	}
}

// aside renames a row's file to where it is for a moment while it is removed or moved.
func (m *machine) aside(it state.Item) (to string) {
	m.t.Helper()
	print := it.Print
	print.CTime = 0
	from, w := m.fileOf(it)
	dir, name := w.Path, it.Path.Base()
	if w.After == "move" {
		dir, name = w.MoveTo, it.Root+"/"+name
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%016x %s", print.Sum(), name)
	to = filepath.Join(dir, it.Path.Dir(), fmt.Sprintf(".florasync-%016x", h.Sum64()))
	m.must(os.MkdirAll(filepath.Dir(to), 0o755))
	m.must(os.Rename(m.path(from), to))
	m.hidden[from] = to
	return to
}
