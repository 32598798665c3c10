package state

import (
	"errors"
	"time"
)

// Applied is one transition, told after its commit and in the order of the commits.
type Applied struct {
	Before Item // the zero Item for a new row
	After  Item
	Change Change // zero for a new row
}

// Notice is something that happened beside the rows: a root, a scan, a breaker, a file that is not taken.
type Notice struct {
	Event    Event
	Root     string
	Path     Path
	Reason   Reason
	Err      error
	Hint     string
	N        int64            // a count that belongs to the event
	Took     time.Duration    // 0 when it has none
	Counts   map[string]int64 // e.g. not taken, by extension
	Resuming time.Time        // when a suspended thing is tried again; zero when unknown
}

// Kept tells of a file whose asset is ready, and that stays where it is though it was to be moved or deleted; why says what kept it.
func Kept(root string, p Path, why string) Notice {
	return Notice{Event: FileKept, Root: root, Path: p, Err: errors.New(why), Hint: "the asset is ready; look at the file and remove it by hand"}
}

// Observer is told what happened. Its methods must not block: they run behind the committer, on its goroutine, and inside the watcher. Whoever asks for a commit from
// there waits for ever.
type Observer interface {
	Applied(Applied)
	Noticed(Notice)
}
