package uploader

import (
	"sync"

	"github.com/florasync/florasync/state"
)

// posts are the versions whose bytes may be at the storage for a row's asset, as far as this process knows. Memory: an asset that an earlier life may have reserved may
// hold whatever stood at the path then, also bytes of the same size and modification time.
type posts struct {
	mu sync.Mutex
	m  map[state.ID]posted
}

type posted struct {
	asset string
	print state.Fingerprint
	sole  bool // no other version was sent to the asset
	anew  bool // the next asset is one that no earlier life can have reserved
}

// note keeps that bytes of a version are about to be sent to the row's asset, and returns what was known before. born: the row was, in this life.
func (p *posts) note(it state.Item, print state.Fingerprint, born bool) (before posted) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before = p.m[it.ID]
	now := before
	if now.asset != it.AssetID {
		now = posted{it.AssetID, print, born || before.anew, false}
	}
	now.sole = now.sole && now.print == print
	p.put(it.ID, now)
	return before
}

// sole reports that no other bytes than those of the version that was noted last can be at the storage.
func (p *posts) sole(id state.ID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.m[id].sole
}

// restore takes a note back: nobody has seen those bytes.
func (p *posts) restore(id state.ID, before posted) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.put(id, before)
}

// anew notes that the row's asset is left behind, in this life.
func (p *posts) anew(id state.ID) { p.restore(id, posted{anew: true}) }

func (p *posts) put(id state.ID, now posted) {
	if p.m == nil {
		p.m = make(map[state.ID]posted)
	}
	p.m[id] = now
}

func (p *posts) forget(id state.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.m, id)
}
