package control

// Status is the answer of `status --json`: fields may be added, never renamed.
type Status struct {
	Version   string   `json:"version"`
	StartedAt Time     `json:"started_at"` // null without a daemon
	Healthy   bool     `json:"healthy"`
	Reasons   []Reason `json:"reasons"`
	Roots     []Root   `json:"roots"`
	Totals    Totals   `json:"totals"`
	Uploader  Uploader `json:"uploader"`
	Record    Record   `json:"record"`
}

// Reason is one thing that stops work.
type Reason struct {
	Code    string `json:"code"` // a word of state.BlockedReasons
	Message string `json:"message"`
	Hint    string `json:"hint"`
	Since   Time   `json:"since"`
}

// Totals are counts of settled versions, each in one state: seen = waiting + active + ready + failed + skipped. The other four count what is not a row.
type Totals struct {
	Seen     int64 `json:"seen"`
	Waiting  int64 `json:"waiting"`
	Active   int64 `json:"active"`
	Ready    int64 `json:"ready"`
	Failed   int64 `json:"failed"`
	Skipped  int64 `json:"skipped"`
	Settling int64 `json:"settling"`
	Growing  int64 `json:"growing"`
	Blocked  int64 `json:"blocked"`
	NotTaken int64 `json:"not_taken"`
}

// Add adds the counts of another.
func (t *Totals) Add(u Totals) {
	t.Seen += u.Seen
	t.Waiting += u.Waiting
	t.Active += u.Active
	t.Ready += u.Ready
	t.Failed += u.Failed
	t.Skipped += u.Skipped
	t.Settling += u.Settling
	t.Growing += u.Growing
	t.Blocked += u.Blocked
	t.NotTaken += u.NotTaken
}

// Root is one watched folder.
type Root struct {
	Name  string `json:"name"`
	Path  string `json:"path"`
	State string `json:"state"` // live polling degraded offline paused
	Totals
	NotTakenByExt   map[string]int64 `json:"not_taken_by_ext"`
	MissedByEvents  int64            `json:"missed_by_events"`
	Overflows       int64            `json:"overflows"`
	LastScanAt      Time             `json:"last_scan_at"`
	LastSeenAt      Time             `json:"last_seen_at"`
	LastReadyAt     Time             `json:"last_ready_at"`
	OldestWaitingAt Time             `json:"oldest_waiting_at"`
}

// Uploader is what the uploader is about.
type Uploader struct {
	State          string `json:"state"` // running throttled suspended down paused draining stopped
	Until          Time   `json:"until"`
	Requests       int    `json:"requests"`
	BytesPerSecond int64  `json:"bytes_per_second"`
}

// Record is the file that holds the rows.
type Record struct {
	Bytes  int64 `json:"bytes"`
	Schema int   `json:"schema"`
}

// Explanation is the answer of `explain`: which rule decided, where the file stands, and what happened to it.
type Explanation struct {
	Path     string `json:"path"`
	Root     string `json:"root"`
	Verdict  string `json:"verdict"` // a sentence
	Next     string `json:"next"`    // what happens next, a sentence; "" when nothing does
	Coming   bool   `json:"coming"`  // there is no item yet, and one comes by itself
	Rule     Text   `json:"rule"`    // which rule of the watcher decided, when one did
	Settling Text   `json:"settling"`
	Doing    Text   `json:"doing"` // the step under way
	Lane     *Lane  `json:"lane"`  // null for what does not wait
	Item     *Item  `json:"item"`
	Tries    []Try  `json:"attempts"`
	Versions []Item `json:"versions"` // earlier versions of the path, newest first
}

// Lane is where a waiting item stands: folders take turns, and small files and large ones.
type Lane struct {
	Name  string `json:"name"`
	Ahead int    `json:"ahead"`      // how many of the lane are due before it
	More  bool   `json:"ahead_more"` // there are more than that
	Due   Time   `json:"due"`        // not before; null: now
}

// Try is one attempt.
type Try struct {
	At        Time   `json:"at"`
	Step      string `json:"step"`
	Class     Text   `json:"class"`
	Code      Text   `json:"code"`
	Message   Text   `json:"message"`
	RequestID Text   `json:"request_id"`
	TookMS    int64  `json:"duration_ms"`
}
