package simulation

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/daemon"
)

// mover is a player at a machine with two watched folders, who has things done by the daemon as well.
type mover struct {
	*player
	acts     []act // that this world has
	rewrites bool  // files are written to that stand, or renamed onto them
	edits    bool  // the configuration changes
	first    *config.Config
	fresh    int               // files and folders that were given a name of their own
	left     map[string]left   // by path
	handed   map[string]string // path → digest of what was named by hand there for a workspace, or where nobody watched
	crossed  []crossing

	life   *life // nil while nothing runs
	daemon *daemon.Daemon
}

// act is one thing that a mover does, to the file of a name or to anything else.
type act struct {
	name   string
	weight int  // how often, beside the others
	always bool // in every world
	live   bool // takes a life
	does   func(m *mover, name string)
}

// acts are all of them.
var acts = []act{
	{name: "write", weight: 4, always: true, does: (*mover).put},
	{name: "rename", weight: 4, always: true, does: (*mover).move},
	{name: "rename folder", weight: 2, always: true, does: (*mover).renameFolder},
	{name: "change places", weight: 1, does: (*mover).changePlaces},
	{name: "copy", weight: 1, does: (*mover).copyFolder},
	{name: "take out", weight: 1, does: (*mover).takeFolderOut},
	{name: "touch", weight: 1, does: (*mover).touchFile},
	{name: "delete", weight: 1, always: true, does: (*mover).deleteFile},
	{name: "link", weight: 1, does: (*mover).linkFile},

	{name: "retry", weight: 1, live: true, does: (*mover).retry},
	{name: "forget", weight: 1, live: true, does: (*mover).forget},
	{name: "pause", weight: 1, live: true, does: (*mover).pauseFolder},
	{name: "reload", weight: 1, live: true, does: (*mover).reload},
	{name: "drop", weight: 1, live: true, does: (*mover).drop},
	{name: "upload", weight: 1, live: true, does: (*mover).upload},
	{name: "upload outside", weight: 1, live: true, does: (*mover).uploadOutside},
	{name: "rename and upload", weight: 1, live: true, does: (*mover).uploadRenamed},
}

// The places of files are few, so that they meet, and they stand in folders that are moved as a whole.
var (
	places = []string{"a/x.png", "b/x.png", "a/d/x.png", "a/d/y.png", "a/e/x.png", "b/d/x.png", "b/d/f/x.png", "a/d/f/y.png", "b/g/y.png"}
	trees  = []string{"a/d", "a/e", "b/d", "b/d/f", "a/d/f", "b/g"}
)

// act does one of the things that can be done now.
func (m *mover) act(l *life, d *daemon.Daemon) {
	m.life, m.daemon = l, d
	all := 0
	for _, a := range m.acts {
		if d != nil || !a.live {
			all += a.weight
		}
	}
	n := m.r.IntN(all)
	for _, a := range m.acts {
		if d == nil && a.live {
			continue
		}
		if n -= a.weight; n < 0 {
			a.does(m, m.file())
			m.cover()
			return
		}
	}
}

func (m *mover) place() string { return places[m.r.IntN(len(places))] }
func (m *mover) tree() string  { return trees[m.r.IntN(len(trees))] }

// file draws a file that stands, or is believed to, or now and then a place where one may stand.
func (m *mover) file() string {
	if len(m.stands) == 0 || m.r.IntN(4) == 0 {
		return m.place()
	}
	all := slices.Sorted(maps.Keys(m.stands))
	return all[m.r.IntN(len(all))]
}

func (m *mover) put(string) {
	name := m.place()
	if m.stands[name] != "" && !m.rewrites {
		return
	}
	content := m.content(30 + m.r.IntN(20_000))
	if m.r.IntN(2) == 0 && !m.manyNames(name) { // writing to it would write to what was moved away under another name
		m.say("write %s %s", name, m.write(name, content)[:8])
		return
	}
	m.say("replace %s %s", name, m.replace(name, content)[:8])
}

func (m *mover) move(name string) { m.renameFile(name) }

// renameFile returns where it has gone, or "".
func (m *mover) renameFile(name string) (to string) {
	to = m.place()
	if m.stands[name] == "" || to == name || m.stands[to] != "" && !m.rewrites {
		return ""
	}
	m.rename(name, to)
	m.say("rename %s %s", name, to)
	return to
}

func (m *mover) renameFolder(string) {
	from, to := m.tree(), m.tree()
	m.say("rename folder %s %s %v", from, to, m.renameDir(from, to))
}

// changePlaces has two folders change places, by way of one that is watched, is not, or has a name that is not looked at.
func (m *mover) changePlaces(string) {
	x, y := m.tree(), m.tree()
	if within(x, y) || within(y, x) || !m.isThere(x) || !m.isThere(y) {
		return
	}
	by := []string{"a/.tmp", "b/tmp", outside + "tmp"}[m.r.IntN(3)]
	m.say("%s and %s change places by %s", x, y, by)
	m.renameDir(x, by)
	m.linger(20 * time.Second)
	m.renameDir(y, x)
	m.linger(20 * time.Second)
	m.renameDir(by, y)
}

// linger is now and then a pause.
func (m *mover) linger(most time.Duration) {
	if m.r.IntN(3) == 0 {
		m.pause(most)
	}
}

func (m *mover) copyFolder(string) {
	x := m.tree()
	if m.isThere(x) {
		m.say("%s is replaced by a copy", x)
		m.putCopy(x, func() { m.linger(time.Minute) })
	}
}

// takeFolderOut takes a folder to where nobody watches, and brings it back, to its place, to another, or, where that is taken, to a new one.
func (m *mover) takeFolderOut(string) {
	x, away := m.tree(), outside+"away"
	if !m.renameDir(x, away) {
		return
	}
	m.say("%s is taken out", x)
	m.pause(time.Minute)
	to := []string{x, m.tree()}[m.r.IntN(2)]
	if !m.renameDir(away, to) {
		m.fresh++
		to = fmt.Sprintf("a/n%d", m.fresh)
		m.renameDir(away, to)
	}
	m.say("and brought back to %s", to)
}

func (m *mover) touchFile(name string) {
	m.say("touch %s", name)
	m.touch(name)
}

func (m *mover) deleteFile(name string) {
	m.say("delete %s", name)
	m.remove(name)
}

func (m *mover) linkFile(name string) {
	if to := m.place(); m.stands[name] != "" && m.stands[to] == "" {
		done := m.link(name, to)
		if done {
			m.namedBehindACrossing(name)
		}
		m.say("link %s %s %v", name, to, done)
	}
}
