package simulation

import (
	"slices"
	"strings"
	"time"
)

// crossing is a file that went from one watched folder to another, or came from where nobody watches.
type crossing struct {
	from, sum string
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
		m.names[sum]++
	case time.Since(m.mounted) < lookedFor && !m.mounted.IsZero():
		m.names[sum]++
	default:
		m.crossed = append(m.crossed, crossing{from, sum, time.Now()})
	}
}

// namedBehindACrossing notes a file that crossed, and may count as deleted where it was, when it gets a further name: it is not known again while it has that.
func (m *mover) namedBehindACrossing(name string) {
	sum := m.stands[name]
	if m.after["delete"] && slices.ContainsFunc(m.crossed, func(c crossing) bool { return c.sum == sum }) {
		m.names[sum]++
	}
}

// takenBehindACrossing looks where another file took the old place of one that crossed, in a folder that was dropped: whether that one stands there as well is
// known only when nothing does.
func (m *mover) takenBehindACrossing() {
	m.lost(func(c crossing) bool {
		root, _ := m.watched(c.from)
		return root == "" && m.isThere(c.from)
	})
}

// goesAway is called when the drive of the folders is.
func (m *mover) goesAway() {
	m.lost(func(c crossing) bool { return time.Since(c.at) < unseenFor })
}

// lost notes which of the files that went to another folder may not be known again there.
func (m *mover) lost(which func(crossing) bool) {
	m.crossed = slices.DeleteFunc(m.crossed, func(c crossing) bool {
		if !which(c) {
			return false
		}
		m.names[c.sum]++
		return true
	})
}
