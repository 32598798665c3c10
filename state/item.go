package state

import "time"

// Item is a row: one version of one file, or one URL. The numbers in the tags are the record's field numbers: never reuse one.
type Item struct {
	ID    ID          `cbor:"1,keyasint,omitempty"`
	Rev   uint32      `cbor:"2,keyasint,omitempty"` // compare-and-set; every [Next] adds one
	Root  string      `cbor:"3,keyasint,omitempty"` // name of the watched root; "" for a path or URL named by hand
	Path  Path        `cbor:"4,keyasint,omitempty"` // below the root; an attribute: a rename changes it in any phase
	Print Fingerprint `cbor:"5,keyasint,omitzero"`
	URL   string      `cbor:"6,keyasint,omitempty"` // not from a file; loses user part and query once FLORA took it (ShownURL)

	To     Destination `cbor:"7,keyasint,omitzero"`
	Frozen bool        `cbor:"8,keyasint,omitempty"` // To was sent to FLORA

	Phase  Phase  `cbor:"9,keyasint,omitempty"`
	Halt   Halt   `cbor:"10,keyasint,omitempty"`
	Reason Reason `cbor:"11,keyasint,omitempty"`
	Fault  *Fault `cbor:"12,keyasint,omitempty"` // the last one, until the next progress

	Prev ID `cbor:"13,keyasint,omitempty"` // suspected same content: an earlier version of the path, or a twin

	Generation uint16 `cbor:"14,keyasint,omitempty"` // reservations given up
	Renewals   uint16 `cbor:"15,keyasint,omitempty"` // forms renewed since the last 2xx of the storage
	Reverts    uint16 `cbor:"16,keyasint,omitempty"` // times FLORA failed the asset or missed its bytes
	Attempt    uint16 `cbor:"17,keyasint,omitempty"` // passing faults since bytes last arrived, or a later step worked
	AttachN    uint16 `cbor:"18,keyasint,omitempty"` // attach requests under a new key

	Tries []Try `cbor:"19,keyasint,omitempty"` // oldest first

	Due      time.Time `cbor:"20,keyasint,omitzero"` // not before; zero: now
	SeenAt   time.Time `cbor:"21,keyasint,omitzero"`
	ReadyAt  time.Time `cbor:"22,keyasint,omitzero"` // in server time when the answer had a Date
	DoneAt   time.Time `cbor:"23,keyasint,omitzero"`
	AttachAt time.Time `cbor:"40,keyasint,omitzero"`  // since when the attach request of this count may have been sent; server time
	AttachTo string    `cbor:"43,keyasint,omitempty"` // the project that was looked at before it
	Lender   ID        `cbor:"41,keyasint,omitempty"` // the row under whose key the attach request of this count is sent: it may have sent one; 0: this row
	LenderN  uint16    `cbor:"42,keyasint,omitempty"` // that row's AttachN then
	IntentAt time.Time `cbor:"24,keyasint,omitzero"`  // a request that alone makes a ready asset may have been sent

	Digest [32]byte `cbor:"25,keyasint,omitzero"` // SHA-256 of the bytes; zero: not known yet
	Sent   int64    `cbor:"26,keyasint,omitempty"`

	Unanswered bool `cbor:"36,keyasint,omitempty"` // storage took the whole body, its answer was lost (rule 7)
	Agreed     bool `cbor:"37,keyasint,omitempty"` // FLORA told a size, and it is the size sent (promise 4)
	Presumed   bool `cbor:"39,keyasint,omitempty"` // complete was refused as done already, and never answered with a success: it may not be true
	Adopted    bool `cbor:"38,keyasint,omitempty"` // the asset is an earlier record's, or another row's: that one may have attached it, under a key of its own

	AssetID   string   `cbor:"27,keyasint,omitempty"`
	AssetURL  string   `cbor:"28,keyasint,omitempty"`
	Project   string   `cbor:"29,keyasint,omitempty"` // attached to
	NodeID    string   `cbor:"30,keyasint,omitempty"`
	CanvasURL string   `cbor:"31,keyasint,omitempty"`
	Away      Away     `cbor:"32,keyasint,omitempty"`
	MovedTo   string   `cbor:"33,keyasint,omitempty"` // absolute path, when Away is AwayMoved
	Previous  []string `cbor:"34,keyasint,omitempty"` // asset ids this path had before, oldest first

	Named bool `cbor:"35,keyasint,omitempty"` // named by hand: include and exclude do not apply
}

// Away says what became of the source of a done row.
type Away uint8

// What can become of a source.
const (
	AwayUnknown Away = iota
	AwayKept
	AwayMoved
	AwayDeleted
)

// previousN bounds Item.Previous: a file rewritten daily must not grow its row for ever.
const previousN = 16

// Standing returns where the row stands, as far as the record knows; an attempt under way makes a waiting row active.
func (it Item) Standing() Standing {
	switch {
	case it.Halt == Failed:
		return StandsFailed
	case it.Halt == Skipped:
		return StandsSkipped
	case it.Phase >= Ready:
		return StandsReady
	}
	return StandsWaiting
}

// Settled reports whether the row will not move by itself any more: done, halted, or parked at ready with an error.
func (it Item) Settled() bool { return it.Phase == Done || it.Halt != None || it.Parked() }

// Parked reports a row that is ready but that a lasting fault keeps from being attached or filed away.
func (it Item) Parked() bool {
	return it.Phase >= Ready && it.Phase < Done && it.Fault != nil && it.Fault.Class == Lasting
}

// Lane returns the lane the row waits in: once a large file was sent, nothing large is left to do, and it waits behind no other large file.
func (it Item) Lane() Lane {
	if it.Phase >= Uploaded {
		return Lane{Root: it.Root}
	}
	return Lane{Root: it.Root, Size: PriorityOf(it.Print.Size)}
}

// HasDigest reports whether the digest of the content is known.
func (it Item) HasDigest() bool { return it.Digest != [32]byte{} }

// Replaces makes it the newest version of the path older stood at: the assets the path had are remembered, and the content is suspected to be the
// same, which the examine step finds out.
func (it Item) Replaces(older Item) Item {
	it.Prev = older.ID
	it.Previous = append([]string(nil), older.Previous...)
	if older.AssetID != "" && older.Phase >= Ready {
		it.Previous = remember(it.Previous, older.AssetID)
	}
	return it
}

func remember(ids []string, id string) []string {
	ids = append(append([]string(nil), ids...), id)
	return ids[max(0, len(ids)-previousN):]
}
