package simulation

import (
	"os"
	"slices"
	"strings"
	"time"
)

// crossing is a file that went from one watched folder to another, or between one and where nobody watches, and may not be known where it is.
type crossing struct {
	from, sum string
	file      os.FileInfo // nil: it was taken away before it could be looked at
	at        time.Time
}

const (
	// unseenFor is how long before their drive goes away a file may have crossed that nobody has looked for: longer than there is no life between two.
	unseenFor = 2 * time.Hour
	// lookedFor is how long after it is back each folder was looked at.
	lookedFor = 2 * time.Minute
)

// crosses notes a file that goes to another folder. It may be uploaded once more, as docs/guarantees.md says, where it has several names and one of them may count as
// deleted, and where their drive goes away before anybody looked, or has just come back: nobody can tell whether the file still stands in the first folder.
func (m *mover) crosses(from, to, sum string) {
	switch before, _, _ := strings.Cut(from, "/"); {
	case strings.HasPrefix(to, before+"/"):
	case m.after["delete"] && m.manyNames(to): // one that counts as deleted is not known again while it has another name
		m.excused[sum]++
	case time.Since(m.mounted) < lookedFor && !m.mounted.IsZero():
		m.excused[sum]++
	default:
		file, _ := os.Lstat(m.path(to))
		m.crossed = append(m.crossed, crossing{from, sum, file, time.Now()})
	}
}

// namedBehindACrossing notes a file that crossed, and may count as deleted where it was, when it has got a further name: it is not known again while it has that.
func (m *mover) namedBehindACrossing(name string) {
	file, _ := os.Lstat(m.path(name))
	m.lost(func(c crossing) bool {
		return m.after["delete"] && c.sum == m.stands[name] && (c.file == nil || file == nil || os.SameFile(c.file, file))
	})
}

// takenBehindACrossing looks where another file took the old place of one that crossed, in a folder that was dropped: whether that one stands there as well is
// known only when nothing does.
func (m *mover) takenBehindACrossing() {
	m.lost(func(c crossing) bool {
		root, _ := m.watched(c.from)
		return root == "" && m.isTaken(c.from, c.file)
	})
}

// isTaken reports that another file stands at a path than the one that did; nil: that one is not known.
func (m *mover) isTaken(name string, was os.FileInfo) bool {
	now, err := os.Lstat(m.path(name))
	return err == nil && (was == nil || !os.SameFile(was, now))
}

// goesAway is called when the drive of the folders is.
func (m *mover) goesAway() {
	m.lost(func(c crossing) bool { return time.Since(c.at) < unseenFor })
	m.crossed = nil
}

// lost notes which of the files that went to another folder may not be known again there: each costs one upload, whatever befalls it later on.
func (m *mover) lost(which func(crossing) bool) {
	m.crossed = slices.DeleteFunc(m.crossed, func(c crossing) bool {
		if !which(c) {
			return false
		}
		m.excused[c.sum]++
		if m.left[c.from].sum == c.sum {
			delete(m.left, c.from)
		}
		return true
	})
}
