package watcher

import (
	"context"
	"time"
)

// crowds are directories whose files found no room in the settler. They are listed again when there is some, and not before: a listing of a hundred
// thousand names costs what a thousand files cost that settle.
type crowds struct {
	crowded map[string]bool
	since   time.Time // when the first of them was
}

// crowdedMax is how long a directory waits for much room; then any will do, for what fills it may be held open for ever.
const crowdedMax = 10 * time.Second

func (r *rootWatch) crowd(dir string) {
	if len(r.crowded) == 0 {
		r.crowded, r.crowds.since = map[string]bool{}, time.Now()
	}
	r.crowded[dir] = true
}

// uncrowd has the crowded directories listed again when there is room.
func (r *rootWatch) uncrowd(now time.Time) {
	if len(r.crowded) == 0 {
		return
	}
	r.mu.Lock()
	n := len(r.settler.files)
	r.mu.Unlock()
	if n > settlingMax/2 && (n >= settlingMax || now.Sub(r.crowds.since) < crowdedMax) {
		return
	}
	for dir := range r.crowded {
		r.later.sooner(dir, now)
	}
	r.crowded = nil
}

// listLater lists again what is due.
func (r *rootWatch) listLater(context.Context) (bool, error) {
	now := time.Now()
	r.uncrowd(now)
	dir, ok := r.later.pop(now)
	if ok && r.tree.find(dir) != nil {
		r.push(job{dir: dir})
	}
	return ok, nil
}
