package telemetry

import "github.com/florasync/florasync/state"

// EventOf says which event a transition is, and how much it matters. Info and above are: ready, moved, deleted, failed,
// skipped, and what needs a person; the others are debug.
func EventOf(a state.Applied) (state.Event, Level) {
	switch a.Change.Outcome.Kind() {
	case 0: // a new row
		return born(a.After)
	case state.KindReserved, state.KindIntent: // the intent is a URL's reservation: both are on disk before bytes move
		return state.AssetReserved, Debug
	case state.KindSent:
		return state.AssetUploaded, Debug
	case state.KindCompleted, state.KindCreated: // FLORA has all it needs
		return state.AssetCompleted, Debug
	case state.KindReady, state.KindLinked:
		return state.AssetReady, Info
	case state.KindAdopted:
		return state.AssetAdopted, Info
	case state.KindAttached:
		return state.AssetAttached, Debug
	case state.KindFiledAway:
		return filedAway(a.After)
	case state.KindRenewed:
		return state.AssetRenewed, Debug
	case state.KindSame: // the earlier row has a newer version's stamps
		return state.FileSettled, Debug
	case state.KindSkip:
		return state.FileSkipped, Info
	case state.KindFail:
		if a.After.Phase >= state.Ready {
			return state.AssetParked, Warn
		}
		return state.AssetFailed, Error
	}
	// Later, Reverted, GaveUp, AttachAgain, Reopen: the same thing is tried again, now or later.
	return state.AssetRetry, Debug
}

func born(it state.Item) (state.Event, Level) {
	switch it.Halt {
	case state.Skipped:
		return state.FileSkipped, Info
	case state.Failed:
		return state.AssetFailed, Error
	}
	return state.FileSettled, Debug
}

func filedAway(it state.Item) (state.Event, Level) {
	switch it.Away {
	case state.AwayMoved:
		return state.FileMoved, Info
	case state.AwayDeleted:
		return state.FileDeleted, Info
	}
	// Whoever kept it against the configuration has told why in a notice of the same event, at warn.
	return state.FileKept, Debug
}
