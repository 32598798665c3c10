package state

// Reason says in one word why an item stands where it stands, or why work is blocked. Both lists are closed; an item may carry FLORA's
// error code instead.
type Reason string

// Reasons of an item.
const (
	Gone       Reason = "gone"      // the file vanished before it was uploaded
	Changed    Reason = "changed"   // another version took its place before it was uploaded
	Type       Reason = "type"      // FLORA does not take this content
	Size       Reason = "size"      // outside min_size … max_size; an empty file
	Rule       Reason = "rule"      // a rule of the configuration says no
	Duplicate  Reason = "duplicate" // linked to an asset with the same content
	Ambiguous  Reason = "ambiguous" // what FLORA holds cannot be told from another upload; an operator decides
	NotFound   Reason = "not_found" // FLORA does not know the asset any more
	AttemptsUp Reason = "attempts"  // max_attempts passing faults
)

// ItemReasons is the closed list of an item's reasons besides FLORA's codes.
var ItemReasons = []Reason{Gone, Changed, Type, Size, Rule, Duplicate, Ambiguous, NotFound, AttemptsUp}

// Reasons for being blocked: one list for `status --json`, /readyz, the metric, the log field and the runbook.
const (
	KeyMissing      Reason = "key_missing"
	KeyRefused      Reason = "key_refused"
	PaymentRequired Reason = "payment_required"
	Forbidden       Reason = "forbidden"
	APIDown         Reason = "api_down"
	StorageIsDown   Reason = "storage_down"
	IsThrottled     Reason = "throttled"
	Paused          Reason = "paused"
	DiskFull        Reason = "disk_full"
	StateUnwritable Reason = "state_unwritable"
	RootOffline     Reason = "root_offline"
	RootUnreadable  Reason = "root_unreadable"
	WatchLimited    Reason = "watch_limited"
	MoveDenied      Reason = "move_denied"
	ClockSkew       Reason = "clock_skew"
)

// BlockedReasons is the closed list of reasons for being blocked.
var BlockedReasons = []Reason{KeyMissing, KeyRefused, PaymentRequired, Forbidden, APIDown, StorageIsDown, IsThrottled, Paused, DiskFull,
	StateUnwritable, RootOffline, RootUnreadable, WatchLimited, MoveDenied, ClockSkew}
