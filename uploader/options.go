package uploader

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

// Defaults of Options.
const (
	DefaultConcurrency = 4  // FLORA's advice for batches
	DefaultMaxAttempts = 12 // eleven waits with full jitter: at most nineteen minutes of a row's own bad luck, half of that on average
)

// Queue is what the uploader needs of the record.
type Queue interface {
	// Claim hands out up to n rows of a lane that are due; next is when the lane's next row is, zero when none waits.
	Claim(ctx context.Context, now time.Time, lane state.Lane, n int) (items []state.Item, next time.Time, err error)
	// Apply makes one transition and returns when it is durable. ErrStale when the row moved on.
	Apply(ctx context.Context, c state.Change) (state.Item, error)
	// Submit makes one transition, in order with Apply, without waiting for the disk.
	Submit(c state.Change) (state.Item, error)
	// Release gives the claim back; the row is not handed out before until (memory only; zero: as its due time says).
	Release(id state.ID, until time.Time)
	// Get reads a row; false when there is none.
	Get(ctx context.Context, id state.ID) (state.Item, bool, error)
	// Vanished reports that a row's path vanished, and that a full scan that began later did not find its file elsewhere.
	Vanished(ctx context.Context, id state.ID) (bool, error)
	// Superseded reports that another version, a row of its own, took the path of a row that is not uploaded.
	Superseded(ctx context.Context, id state.ID) (bool, error)
	// Doubted reports that a later row stands at a row's path that may be of the same file: a digest has yet to tell.
	Doubted(ctx context.Context, id state.ID) (bool, error)
	// Folder returns inode and birth time of the directory that stood at a root's path when it was last scanned whole; 0 before that.
	Folder(root string) (inode uint64, born int64)
	// Originals returns the rows that may take over this one, if their contents are equal.
	Originals(ctx context.Context, id state.ID) ([]state.Item, error)
	// Holder returns the row that holds an asset, or 0.
	Holder(ctx context.Context, assetID string) (state.ID, error)
	// Holders returns the rows that hold these assets, by asset, in one walk.
	Holders(ctx context.Context, assetIDs []string) (map[string]state.ID, error)
	// Intended reports whether another row's request for an asset of this name in this workspace may have been sent, of which nobody knows what became.
	Intended(ctx context.Context, of state.ID, workspace, name string) (bool, error)
	// Twin returns another row of a linked root with the same bytes for the same workspace and folder, a ready one if there is one; false when there is none.
	Twin(ctx context.Context, of state.ID, size int64, digest [32]byte, workspace, folder string) (state.Item, bool, error)
	// Sharers returns the other rows of linked roots that have the same bytes and the same asset, ready ones.
	Sharers(ctx context.Context, of state.ID, size int64, digest [32]byte, asset string) ([]state.Item, error)
	// Lanes lists the lanes with work that are not paused.
	Lanes() []state.Lane
	// Wake is signalled when a row may have become due earlier than Claim said.
	Wake() <-chan struct{}
	// Birth is when the record began, in server time; zero until SetBirth.
	Birth() time.Time
	SetBirth(ctx context.Context, t time.Time) error
	// Opened is the last row that the record knew when it was opened, or 0: what became of rows up to it in earlier lives is known as far as the record tells.
	Opened() state.ID
	// Restored is the last row that a restored backup knew, or 0: nobody knows what became of rows up to it since the backup.
	Restored() state.ID
}

// After says what becomes of a source once its asset is ready.
type After uint8

// What can become of a source.
const (
	Keep After = iota
	Move
	Delete
)

// String returns the configuration's word.
func (a After) String() string { return [...]string{"keep", "move", "delete"}[a] }

// Root is a watched folder as the uploader needs it, as configured now.
type Root struct {
	Source  *source.Root
	Route   state.Route
	Account *Account
	After   After
	MoveTo  string // absolute directory, when After is Move
	MinSize int64  // bytes
	MaxSize int64  // bytes, 0: no limit
	Link    bool   // equal content makes no second asset; the record was told so, see Queue.Twin
}

// Roots finds a root by its name; false when it is not configured any more. The name "" is what was named by hand.
type Roots interface {
	Root(name string) (Root, bool)
}

// Account is one API key: who is locked out when it is refused.
type Account struct {
	Name   string // where the key comes from, for messages; not the key
	Client *flora.Client
	// Replace tells an operator how a refused key is replaced; "" is a hint that holds for every source.
	Replace string
	// Changed is signalled when the key's source changed; may be nil.
	Changed <-chan struct{}

	key     breaker      // 401, 403: a probe asks
	payment breaker      // 402, paid_plan_required: one reservation asks, or the kind of request that was refused
	unpaid  atomic.Value // flora.Op: the kind of request that was refused

	gate    gate          // a probe was told to wait
	tripped chan struct{} // signalled when one of the breakers was tripped

	retired chan struct{} // closed by Retire
	retire  sync.Once

	probing  chan struct{} // holds a token while somebody probes, and guards the rest
	probed   time.Time     // when the last probe began
	health   health
	probeErr error
}

// NewAccount returns an account for a client.
func NewAccount(name string, client *flora.Client) *Account {
	return &Account{Name: name, Client: client, probing: make(chan struct{}, 1), tripped: make(chan struct{}, 1), retired: make(chan struct{}), key: breaker{first: 30 * time.Second, cap: 10 * time.Minute},
		payment: breaker{first: 30 * time.Second, cap: 10 * time.Minute}}
}

// Retire says that no root has the account any more: nobody asks any longer whether its key is taken again. What is under way with it is not disturbed.
func (a *Account) Retire() { a.retire.Do(func() { close(a.retired) }) }

// Options of an Uploader. Queue, Roots and Observer are required.
type Options struct {
	Queue    Queue
	Roots    Roots
	Observer state.Observer
	Machine  state.Machine

	Limits

	// Look is called when the file of a row is not the version of the row any more: the watcher should look there. It must not block. May be nil.
	Look func(root string, p state.Path)
	// Leftover returns the directory of a root in which a name of ours was met that a file has while it is filed away; see source.Root.Leftover. May be nil.
	Leftover func(root, name string) (dir string, ok bool)
	// Fatal reports an error of the queue that does not pass by itself: Run ends with it. Others, a full disk for one, are waited out. May be nil.
	Fatal func(error) bool
	// Jitter returns a number in [0, 1) for back-offs; nil: random.
	Jitter func() float64
}

func (o Options) check() error {
	if o.Queue == nil || o.Roots == nil || o.Observer == nil {
		return errors.New("uploader: Queue, Roots and Observer are required")
	}
	return nil
}
