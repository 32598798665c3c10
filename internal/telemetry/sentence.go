package telemetry

import "github.com/florasync/florasync/state"

// Sentence is what an event says.
type Sentence struct {
	Event   state.Event
	Level   Level  // of a notice; a transition's is EventOf's
	Message string // the line's message: constant
	Verb    string // what stands behind a path or root on a terminal; "" when neither is ever named
}

// sentences has every event of state.Events, in its order.
var sentences = []Sentence{
	{state.DaemonStarted, Info, "florasync started", ""},
	{state.DaemonStopping, Info, "florasync is stopping", ""},
	{state.DaemonProgress, Info, "work under way", ""},
	{state.RootWatching, Info, "the folder is being watched", "is being watched"},
	{state.RootOfflineSeen, Warn, "the folder is not there", "is not there"},
	{state.RootQuiet, Info, "nothing is left to do in the folder", "has nothing left to do"},
	{state.ScanFinished, Info, "the folder was scanned", "was scanned"},
	{state.ScanDisagrees, Error, "the folder and the record disagree", "disagrees with the record"},
	{state.WatchOverflow, Warn, "events of the folder were lost", "lost events"},
	{state.WatchMissed, Warn, "files were found that no event told of", "had files that no event told of"},
	{state.FileSettled, Debug, "the file has settled", "has settled"},
	{state.FileSkipped, Info, "the file is skipped", "is skipped"},
	{state.FileNotTaken, Info, "files outside the rules are not taken", "not taken"},
	{state.FileMoved, Info, "the file was moved away", "was moved away"},
	{state.FileDeleted, Info, "the file was deleted after its upload", "was deleted after its upload"},
	{state.FileKept, Warn, "the file was kept", "was kept"},
	{state.FileBlocked, Warn, "the file cannot be read", "cannot be read"},
	{state.AssetReserved, Debug, "the reservation is recorded", "has its reservation"},
	{state.AssetUploaded, Debug, "the bytes are at the storage", "is uploaded"},
	{state.AssetCompleted, Debug, "FLORA is processing the asset", "is being processed by FLORA"},
	{state.AssetReady, Info, "the asset is ready", "is ready"},
	{state.AssetAttached, Debug, "the asset is on the canvas", "is on the canvas"},
	{state.AssetAdopted, Info, "an earlier upload of the same bytes was found ready", "was found ready from an earlier upload"},
	{state.AssetRenewed, Debug, "the upload form is renewed", "gets a new form"},
	{state.AssetRetry, Debug, "the step is tried again", "is tried again"},
	{state.AssetFailed, Error, "the upload failed", "failed"},
	{state.AssetParked, Warn, "the asset is ready, but its last steps cannot be done", "is ready, but its last steps cannot be done"},
	{state.ItemForgotten, Info, "the item was forgotten", "was forgotten"},
	{state.APIThrottled, Info, "FLORA asked to wait", ""},
	{state.APISuspended, Warn, "uploads are suspended", ""},
	{state.APIDownSeen, Warn, "the service does not answer", ""},
	{state.APIResumed, Info, "uploads go on", ""},
	{state.ConfigReloaded, Info, "the configuration was read again", ""},
	{state.ConfigRefused, Error, "the configuration is refused, and nothing was changed", ""},
	{state.LogLevel, Info, "the log level was changed", ""},
	{state.ClockSkewed, Warn, "this machine's clock and FLORA's are apart", ""},
	{state.StateOpened, Info, "the record is open", ""},
	{state.StateMigrated, Info, "the record has a new schema", ""},
	{state.StateBackup, Info, "the record was backed up", ""},
	{state.StateRestored, Warn, "the record was restored from a backup", ""},
	{state.StateDamaged, Error, "the record is damaged", ""},
	{state.StateUnwritten, Error, "the record cannot be written", ""},
}

// Sentences returns what every event says, in the order of state.Events: what the documentation's table is made from.
func Sentences() []Sentence { return append([]Sentence(nil), sentences...) }

var sentenceOf = func() map[state.Event]Sentence {
	m := make(map[state.Event]Sentence, len(sentences))
	for _, s := range sentences {
		m[s.Event] = s
	}
	return m
}()
