package watcher

import (
	"context"
	"slices"
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

// Mode says how changes in a root are noticed.
type Mode uint8

// The modes.
const (
	Auto   Mode = iota // events where they can be trusted, else polling
	Notify             // events, also on network file systems
	Poll               // polling
)

// String returns the configuration's word.
func (m Mode) String() string { return [...]string{"auto", "notify", "poll"}[m] }

// Defaults of Root and Options.
const (
	DefaultRescan  = 10 * time.Minute
	DefaultPoll    = 10 * time.Second
	DefaultGrowing = time.Hour // how long a file may be settling before it is called growing
)

// Root is a folder to watch.
type Root struct {
	Source    *source.Root
	Recursive bool
	Include   []string      // nil: DefaultInclude, any case
	Exclude   []string      // besides hidden and temporary names
	Settle    time.Duration // 0: auto; else a floor for every quiet time
	Rescan    time.Duration // between full comparisons; 0: never, but for what was told as gone
	Poll      time.Duration // between looks where events do not reach; 0: DefaultPoll
	Mode      Mode
}

// same reports that a root is watched in the same way, at the same place.
func (r Root) same(as Root) bool {
	return r.Source == as.Source && r.Recursive == as.Recursive && slices.Equal(r.Include, as.Include) && slices.Equal(r.Exclude, as.Exclude) &&
		r.Settle == as.Settle && r.Rescan == as.Rescan && r.Poll == as.Poll && r.Mode == as.Mode
}

// Known is a name of one directory, as the record knows it.
type Known struct {
	Name string
	Sum  uint64 // of the fingerprint of the newest version
	Gone bool   // nothing stood there when it was last looked at
}

// Place is where the record believes a file to stand.
type Place struct {
	Root  string
	Dir   string // the root's path, also when it is not watched any more; "" of paths named by hand, below "/"
	Path  state.Path
	Print state.Fingerprint
	Of    int // the sighting that tells of this file at another path
}

// Scan is a full scan that has ended.
type Scan struct {
	Began    time.Time
	Settling []state.Fingerprint // files that were found and are not told yet, in all roots: one may be what is gone from elsewhere
	Folder   source.Identity     // of the root
}

// Record is what the watcher needs to know of the past, and whom it tells. Pages, never an open transaction. An error other than the context's means
// "not now": the watcher waits and tries again.
type Record interface {
	// Known returns up to n names of one directory in byte order, from the one after `after` on; fewer than n are the last ones.
	Known(ctx context.Context, root, dir, after string, n int) ([]Known, error)
	// Dirs returns up to n directories below the root that hold a known file, in the record's order, from the one after `after` on.
	Dirs(ctx context.Context, root, after string, n int) ([]string, error)
	// Elsewhere returns where else, in any root, the record believes the files of these sightings to stand: by inode and birth time, at other paths.
	Elsewhere(ctx context.Context, root string, sightings []state.Sighting) ([]Place, error)
	// Count returns how many files of the root the record believes to stand.
	Count(ctx context.Context, root string) (int64, error)
	// Revision moves with everything that the record takes, from whomever.
	Revision() int64
	// Sight takes a batch in one transaction. It is a no-op for what is known.
	Sight(ctx context.Context, batch []state.Sighting) error
	// ScanDone says that a full scan has ended: what was gone before it and was not found is gone. It returns how many files are still looked for.
	ScanDone(ctx context.Context, root string, s Scan) (unsure int, err error)
	// Folder returns the folder of the last full scan, as far as it outlives a mount: inode and birth time; zero when there was none.
	Folder(ctx context.Context, root string) (source.Identity, error)
}

// Options of a Watcher. Roots, Record and Observer are required.
type Options struct {
	Roots    []Root
	Record   Record
	Observer state.Observer
	// NewHints opens the hints of one root: [NewFSHints]. Nil: no hints, roots are polled.
	NewHints func() (Hints, error)
	// Growing is how long a file may be settling before Status calls it growing; 0: DefaultGrowing.
	Growing time.Duration
}
