package state

// Event names a log line. The list is closed: scripts rely on it.
type Event string

// The events.
const (
	DaemonStarted   Event = "daemon.started"
	DaemonStopping  Event = "daemon.stopping"
	DaemonProgress  Event = "daemon.progress"
	RootWatching    Event = "root.watching"
	RootOfflineSeen Event = "root.offline"
	RootQuiet       Event = "root.quiet"
	ScanFinished    Event = "scan.finished"
	ScanDisagrees   Event = "scan.disagrees"
	WatchOverflow   Event = "watch.overflow"
	WatchMissed     Event = "watch.missed"
	FileSettled     Event = "file.settled"
	FileSkipped     Event = "file.skipped"
	FileNotTaken    Event = "file.not_taken"
	FileMoved       Event = "file.moved"
	FileDeleted     Event = "file.deleted"
	FileKept        Event = "file.kept"
	FileBlocked     Event = "file.blocked"
	AssetReserved   Event = "asset.reserved"
	AssetUploaded   Event = "asset.uploaded"
	AssetCompleted  Event = "asset.completed"
	AssetReady      Event = "asset.ready"
	AssetAttached   Event = "asset.attached"
	AssetAdopted    Event = "asset.adopted"
	AssetRenewed    Event = "asset.renewed"
	AssetRetry      Event = "asset.retry"
	AssetFailed     Event = "asset.failed"
	AssetParked     Event = "asset.parked"
	ItemForgotten   Event = "item.forgotten"
	APIThrottled    Event = "api.throttled"
	APISuspended    Event = "api.suspended"
	APIDownSeen     Event = "api.down"
	APIResumed      Event = "api.resumed"
	ConfigReloaded  Event = "config.reloaded"
	ConfigRefused   Event = "config.refused"
	LogLevel        Event = "log.level"
	ClockSkewed     Event = "clock.skewed"
	StateOpened     Event = "state.opened"
	StateMigrated   Event = "state.migrated"
	StateBackup     Event = "state.backup"
	StateRestored   Event = "state.restored"
	StateDamaged    Event = "state.damaged"
	StateUnwritten  Event = "state.unwritable"
)

// Events is the closed list.
var Events = []Event{DaemonStarted, DaemonStopping, DaemonProgress, RootWatching, RootOfflineSeen, RootQuiet, ScanFinished, ScanDisagrees, WatchOverflow, WatchMissed, FileSettled, FileSkipped,
	FileNotTaken, FileMoved, FileDeleted, FileKept, FileBlocked, AssetReserved, AssetUploaded, AssetCompleted, AssetReady, AssetAttached, AssetAdopted,
	AssetRenewed, AssetRetry, AssetFailed, AssetParked, ItemForgotten, APIThrottled, APISuspended, APIDownSeen, APIResumed, ConfigReloaded, ConfigRefused, LogLevel, ClockSkewed, StateOpened,
	StateMigrated, StateBackup, StateRestored, StateDamaged, StateUnwritten}
