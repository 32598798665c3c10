package watcher

import (
	"time"

	"github.com/florasync/florasync/state"
)

// sweep looks at the stamps of all directories: one that moved although it was listed since means that events were lost.
func (r *rootWatch) sweep(now time.Time) {
	r.tree.each(r.tree.root, "", func(n *node, dir string) {
		if !n.watched || !n.listed || now.Sub(n.listedAt) < r.pace.share*n.took {
			return
		}
		print, err := r.src.DirPrint(dir)
		if err != nil || stampOf(print) != n.stamp && r.arrived(print, now) {
			r.push(job{dir: dir, cause: causeSweep})
		}
	})
}

// arrived reports stamps that are not so fresh that their event may still be on the way.
func (r *rootWatch) arrived(p state.Fingerprint, now time.Time) bool {
	age := now.Sub(time.Unix(0, max(p.MTime, p.CTime)))
	return age < 0 || age > r.pace.onTheWay
}

// poll lists what has no watch.
func (r *rootWatch) poll() {
	if r.hints == nil {
		return
	}
	r.tree.each(r.tree.root, "", func(n *node, dir string) {
		if !n.watched {
			r.push(job{dir: dir, cause: causePoll})
		}
	})
}
