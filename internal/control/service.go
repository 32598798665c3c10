package control

import (
	"context"
	"errors"
	"io"
	"time"
)

// Service is what commands ask. It is implemented by the daemon, by the record alone, and by [Client].
type Service interface {
	// Status is one screen: is it working?
	Status(ctx context.Context) (Status, error)
	// List returns a page of at most n items after the cursor ("" for the first), in the record's order.
	List(ctx context.Context, f Filter, after string, n int) (Page, error)
	// Explain says why a path is as it is. ErrUnknown when the path is outside every root.
	Explain(ctx context.Context, path string) (Explanation, error)
	// Retry has another try at the items that wait or have an error, and returns how many.
	Retry(ctx context.Context, f Filter) (int, error)
	// Forget takes items out of the record, and returns how many. ErrPresent for a file that is still there, unless again.
	Forget(ctx context.Context, f Filter, again bool) (int, error)
	// Pause stops new work of a root ("" for all) until then (zero: until Resume), across restarts.
	Pause(ctx context.Context, root string, until time.Time) error
	// Resume ends a pause.
	Resume(ctx context.Context, root string) error
	// Upload enqueues paths and URLs named by hand and returns an item for each input, those already ready too.
	Upload(ctx context.Context, u Upload) ([]Item, error)
	// Reload reads the configuration again and puts it in force, all of it or nothing. ErrInput when it is refused, ErrNoDaemon without a daemon.
	Reload(ctx context.Context) (Reloaded, error)
	// SetLogLevel changes the least level that is logged, until the next reload or start. ErrNoDaemon without a daemon.
	SetLogLevel(ctx context.Context, level string) error
	// Examine looks at configuration, key, folders, rights, disk and FLORA with the rights of whoever answers, and changes nothing. Offline asks nothing
	// of FLORA.
	Examine(ctx context.Context, offline bool) ([]Finding, error)
	// Check reads the whole record and compares its parts. ErrDamaged when it cannot even be walked.
	Check(ctx context.Context) (Report, error)
	// Backup writes a copy of the record, as it is at one moment, to w.
	Backup(ctx context.Context, w io.Writer) error
}

// Errors that travel over the socket.
var (
	// ErrUnknown: no such path or id.
	ErrUnknown = errors.New("unknown")
	// ErrPresent: the file is still there, and forgetting it would upload it again.
	ErrPresent = errors.New("the file is still there")
	// ErrInput: the question makes no sense; the message says why.
	ErrInput = errors.New("invalid")
	// ErrGone: the daemon went away while it was asked.
	ErrGone = errors.New("the daemon does not answer")
	// ErrBusy: try again.
	ErrBusy = errors.New("busy")
	// ErrNoDaemon: only a running daemon can do it.
	ErrNoDaemon = errors.New("no daemon runs")
	// ErrDamaged: the record is.
	ErrDamaged = errors.New("the record is damaged")
)

// Filter selects items. The zero Filter selects the newest version of every path.
type Filter struct {
	Root   *string   `json:"root,omitempty"`
	Under  string    `json:"under,omitempty"`  // a directory, absolute or below the root
	States []string  `json:"states,omitempty"` // words of the state field
	Since  time.Time `json:"since,omitzero"`   // seen, or finished, then or later
	All    bool      `json:"all,omitempty"`    // every version, in the order they were seen
	Names  []string  `json:"names,omitempty"`  // paths or ids; the others do not count then, but for Root "": the paths are those of what was named by hand
	Failed bool      `json:"failed,omitempty"` // failed, and ready with an error
	// Count has Retry and Forget say how many it would be, and change nothing.
	Count bool `json:"count,omitempty"`
	// Finished lists what has settled, in the order of the commits that settled it: the cursor of `list --follow`.
	Finished bool `json:"finished,omitempty"`
}

// Page is a part of a list.
type Page struct {
	Items []Item `json:"items"`
	// Cursors has the cursor behind each item, for Finished only.
	Cursors []string `json:"cursors,omitempty"`
	Next    string   `json:"next"` // the cursor of the next page; "" at the end, or for Finished where to ask again
}

// Upload is what `florasync upload` asks for.
type Upload struct {
	Inputs    []string `json:"inputs"` // absolute paths or https URLs
	Workspace string   `json:"workspace"`
	Project   string   `json:"project,omitempty"`
	Folder    string   `json:"folder,omitempty"`
}

// Reloaded is what a reload changed.
type Reloaded struct {
	Changed  []string `json:"changed"`  // keys, such as "upload.bandwidth" and "watch[inbox].exclude"; "watch[inbox]" for a root that came or went
	Warnings []string `json:"warnings"` // what is not well and does not stop it
}

// Finding is one line of an examination.
type Finding struct {
	What    string `json:"what"`
	OK      bool   `json:"ok"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
	Refused bool   `json:"refused"` // FLORA refuses the key, or wants to be paid
}
