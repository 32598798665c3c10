package state

// Priority parts the queue by size, so that four films do not hold up nine hundred pictures.
type Priority uint8

// The priorities.
const (
	Small Priority = iota // under LargeSize, or whatever the size of what was sent already
	Large                 // bytes of a large file are still to be sent
)

// LargeSize is where large files begin, in bytes: 25 MB, about ten photographs. The figure is a guess.
const LargeSize = 25_000_000

// PriorityOf returns the priority of a file of so many bytes.
func PriorityOf(size int64) Priority {
	if size < LargeSize {
		return Small
	}
	return Large
}

// Lane is what turns, pauses and offline roots act on: the rows of one root and one priority.
type Lane struct {
	Root string
	Size Priority
}

// String is the lane for people, true of every file in it: "inbox, small files and what is sent already".
func (l Lane) String() string {
	size := "small files and what is sent already"
	if l.Size == Large {
		size = "large files to be sent"
	}
	if l.Root == "" {
		return size
	}
	return l.Root + ", " + size
}
