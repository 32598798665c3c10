package simulation

import (
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"

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
}

// mount brings the folder back.
func (p *player) mount() {
	p.say("mounted")
	if err := os.Remove(p.dir); err != nil && !os.IsNotExist(err) {
		p.t.Fatalf("something was put where nothing is mounted: %v", err)
	}
	p.must(os.Rename(p.dir+".away", p.dir))
	p.unmounted = false
}

// setAside leaves the folder as a life does that is killed between the two system calls of a removal: the file has our name, and is to be looked at and
// unlinked, or put back.
func (p *player) setAside() {
	if p.setup.after != "delete" || !p.service.tellsSize() {
		return
	}
	for _, it := range p.rows() {
		name := string(it.Path)
		info, err := os.Stat(p.path(name))
		if it.Phase != state.Attached || it.Halt != state.None || it.Away != 0 || err != nil || p.stands[name] != hex.EncodeToString(it.Digest[:]) ||
			info.ModTime().UnixNano() != it.Print.MTime {
			continue
		}
		p.say("set aside %s", name)
		p.must(os.Rename(p.path(name), p.aside(it)))
	}
}

// aside is where a file being removed is for a moment.
func (m *machine) aside(it state.Item) string {
	print := it.Print
	print.CTime = 0
	h := fnv.New64a()
	fmt.Fprintf(h, "%016x %s", print.Sum(), it.Path.Base())
	return filepath.Join(filepath.Dir(m.path(string(it.Path))), fmt.Sprintf(".florasync-%016x", h.Sum64()))
}
