package state

import "time"

// Sighting is what the watcher says: this version of this file has settled, or its path is gone.
type Sighting struct {
	Root  string
	Path  Path
	Print Fingerprint
	Gone  bool      // nothing stands at Path any more; Print is zero
	At    time.Time // when it was seen
}
