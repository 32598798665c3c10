package state

import "time"

// Kind is what an outcome says happened.
type Kind uint8

// The kinds; each has one constructor.
const (
	KindReserved Kind = iota + 1
	KindSent
	KindCompleted
	KindReady
	KindAdopted
	KindAttached
	KindAttachAgain
	KindFiledAway
	KindRenewed
	KindReverted
	KindGaveUp
	KindIntent
	KindCreated
	KindSame
	KindLinked
	KindSkip
	KindFail
	KindLater
	KindReopen
	kindEnd
)

var kindNames = [kindEnd]string{"", "reserved", "sent", "completed", "ready", "adopted", "attached", "attach_again", "filed_away", "renewed",
	"reverted", "gave_up", "intent", "created", "same", "linked", "skip", "fail", "later", "reopen"}

// String returns the word used in the table, in tries and in logs.
func (k Kind) String() string {
	if k < kindEnd {
		return kindNames[k]
	}
	return "kind?"
}

// Work says which steps a ready row still has before it; steps without work are passed over in the same transition.
type Work struct {
	Attach bool // a project wants it
	Away   bool // the source is to be moved or deleted
}

// Outcome is what one step learned. It is built only by the constructors below, so that impossible ones cannot be spelled.
type Outcome struct {
	kind      Kind
	asset     string
	url       string
	to        Destination
	digest    [32]byte
	size      int64
	at        time.Time // server time of a ready answer; due time of a later one
	work      Work
	project   string
	node      string
	canvas    string
	away      Away
	movedTo   string
	reason    Reason
	fault     *Fault
	other     ID
	otherN    uint16 // its attach count
	requestID string
	took      time.Duration
	lost      bool // the answer of the storage, or of the completion
	agreed    bool // FLORA told the size, and it is the size sent
	vanished  bool // the source, before it could be deleted
}

// Kind returns what the outcome says happened.
func (o Outcome) Kind() Kind { return o.kind }

// Fault returns the fault of a Later, Skip, Fail, Renewed, Reverted or GaveUp outcome, or nil.
func (o Outcome) Fault() *Fault { return o.fault }

// Work returns what is to be done once the asset is ready.
func (o Outcome) Work() Work { return o.work }

// Reason returns the reason of a Skip or Fail, or "".
func (o Outcome) Reason() Reason { return o.reason }

// Vanished reports a CountsAsDeleted.
func (o Outcome) Vanished() bool { return o.vanished }

// Other returns the row a Same or Linked outcome points at.
func (o Outcome) Other() ID { return o.other }

// RequestID returns FLORA's id of the request the outcome was learned from, or "".
func (o Outcome) RequestID() string { return o.requestID }

// Took returns how long the step's effect took; 0 when there was none.
func (o Outcome) Took() time.Duration { return o.took }

// By notes the request that taught the outcome, for explain and the logs.
func (o Outcome) By(requestID string, took time.Duration) Outcome {
	o.requestID, o.took = requestID, took
	return o
}

// IsReserved: FLORA gave an asset id for exactly this request body.
func IsReserved(asset string, to Destination) Outcome {
	return Outcome{kind: KindReserved, asset: asset, to: to}
}

// Sent: storage said 2xx and the proof held (rule 2).
func Sent(digest [32]byte, size int64) Outcome {
	return Outcome{kind: KindSent, digest: digest, size: size}
}

// SentUnanswered: the whole body was written and the proof held; only the storage's answer is missing (rule 7).
func SentUnanswered(digest [32]byte, size int64) Outcome {
	return Outcome{kind: KindSent, digest: digest, size: size, lost: true}
}

// IsCompleted: FLORA took the completion and has not said ready yet.
func IsCompleted() Outcome { return Outcome{kind: KindCompleted} }

// PresumedCompleted: FLORA refused the completion as one that is done already, and has not said ready yet.
func PresumedCompleted() Outcome { return Outcome{kind: KindCompleted, lost: true} }

// IsReady: FLORA said ready; at is server time when known. The caller has compared the size FLORA reports with the size sent: agreed says that
// there was one to compare.
func IsReady(url string, at time.Time, agreed bool, work Work) Outcome {
	return Outcome{kind: KindReady, url: url, at: at, agreed: agreed, work: work}
}

// Adopted: an asset of an earlier record is ready, and the bytes at its URL have this digest.
func Adopted(asset, url string, to Destination, digest [32]byte, size int64, at time.Time, work Work) Outcome {
	return Outcome{kind: KindAdopted, asset: asset, url: url, to: to, digest: digest, size: size, at: at, agreed: true, work: work}
}

// IsAttached: on the project's canvas. node and canvasURL are "" when the answer was lost.
func IsAttached(project, node, canvasURL string, work Work) Outcome {
	return Outcome{kind: KindAttached, project: project, node: node, canvas: canvasURL, work: work}
}

// AttachAgain: looked, and the asset is not on the project's canvas: the next request goes out under a new key.
func AttachAgain(now time.Time, project string) Outcome {
	return Outcome{kind: KindAttachAgain, at: now, project: project}
}

// Under has the next attach request go out under the key of another row's, or of the row's own before the look: that may be on its way still, and FLORA takes one
// of them. It is on disk, so that the key stays the same whatever becomes of that row.
func (o Outcome) Under(sender Item) Outcome {
	o.other, o.otherN = attachSender(sender)
	return o
}

// FiledAway: what became of the source. movedTo is the absolute path of a moved one.
func FiledAway(away Away, movedTo string) Outcome {
	return Outcome{kind: KindFiledAway, away: away, movedTo: movedTo}
}

// CountsAsDeleted: the source was to be deleted, and is not where it was. It is no transition when the record has it stand somewhere meanwhile.
func CountsAsDeleted() Outcome {
	return Outcome{kind: KindFiledAway, away: AwayDeleted, vanished: true}
}

// Renewed: before uploaded, there is evidence that the form cannot be used; the same asset gets a new one.
func Renewed(evidence *Fault) Outcome { return Outcome{kind: KindRenewed, fault: evidence} }

// Reverted: complete was sent, and FLORA says that the bytes are missing or that the asset failed (rules 5 and 7). On disk before retry is sent.
func Reverted(evidence *Fault) Outcome { return Outcome{kind: KindReverted, fault: evidence} }

// GaveUp: the reservation is left behind for a new generation, since its asset cannot become ready (rule 4). At queued: its answer was lost and its key
// is taken, or FLORA refused the one request of a URL, so that nothing was made.
func GaveUp(evidence *Fault) Outcome { return Outcome{kind: KindGaveUp, fault: evidence} }

// Intent: on disk before a request that alone makes a ready asset; while it stands no second one is sent.
func Intent(to Destination) Outcome { return Outcome{kind: KindIntent, to: to} }

// Created: FLORA took the URL and is fetching it.
func Created(asset string) Outcome { return Outcome{kind: KindCreated, asset: asset} }

// SameAs: the content is that of an earlier row of the path, which takes over path and stamps; see [Fold].
func SameAs(prev ID) Outcome { return Outcome{kind: KindSame, other: prev} }

// LinkTo: the content is that of another ready row of the same workspace and folder; its asset serves both. Without work.Attach the asset is on the
// canvas that the twin put it on.
func LinkTo(twin Item, digest [32]byte, work Work) Outcome {
	o := Outcome{kind: KindLinked, other: twin.ID, asset: twin.AssetID, url: twin.AssetURL, to: twin.To, digest: digest, size: twin.Sent,
		at: twin.ReadyAt, agreed: twin.Agreed, work: work}
	if !work.Attach {
		o.project, o.node, o.canvas = twin.Project, twin.NodeID, twin.CanvasURL
	}
	return o
}

// Skip: the version is not wanted or not there; nothing was made ready.
func Skip(reason Reason, message string) Outcome {
	return Outcome{kind: KindSkip, reason: reason, fault: &Fault{Class: Lasting, Code: string(reason), Message: message}}
}

// Fail: for good. Before ready the row fails; from ready on it is parked: still ready, with an error.
func Fail(reason Reason, fault *Fault) Outcome {
	return Outcome{kind: KindFail, reason: reason, fault: fault}
}

// Later: same phase, not before due. A nil fault is a wait (processing), not an attempt.
func Later(due time.Time, fault *Fault) Outcome {
	return Outcome{kind: KindLater, at: due, fault: fault}
}

// Reopen: the operator's word. Attempts start anew at the same phase and generation; an ambiguous row starts a new generation.
func Reopen() Outcome { return Outcome{kind: KindReopen} }
