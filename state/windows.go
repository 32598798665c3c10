package state

import (
	"fmt"
	"strings"
)

// Window is the gap between an effect, at FLORA or on the source, and the commit that records it: where a crash hurts most. For each there is a test
// of the same name.
type Window struct {
	Name   string // also the test's
	Effect string
	Commit string
	Flora  string // what FLORA has when the process dies in the gap
	Record string // what the record says
	Next   string // what the next life does
}

// Windows are all of them, in the order a file meets them.
var Windows = []Window{
	{"SettledNotEnqueued", "the file settled", "queued", "nothing", "nothing", "the scan at the start finds the file and enqueues it"},
	{"ReservedNotRecorded", "POST /assets answered, or its answer was lost", "reserved", "an empty pending asset", "queued",
		"the same key: 409, no candidate in the list: generation+1; the leftover never becomes ready"},
	{"FormLost", "the process died between reserving and sending", "uploaded", "an empty pending asset", "reserved",
		"retry for a fresh form of the same asset; refused and pending: generation+1"},
	{"SentNotRecorded", "storage took the bytes", "uploaded", "a pending asset with the bytes, not completed", "reserved",
		"retry and send again, or generation+1: nothing becomes ready without complete"},
	{"CompletedNotRecorded", "complete answered, or its answer was lost", "completed or ready", "a processing or ready asset", "uploaded",
		"complete again: 409 or ready; the asset's state decides"},
	{"ReadyNotRecorded", "FLORA finished processing", "ready", "a ready asset", "completed", "retrieve says ready"},
	{"RevertedNotRetried", "FLORA said that the bytes are missing or that it failed", "reserved", "a pending or failed asset", "uploaded or completed",
		"complete or retrieve says so again; reserved is on disk before retry is sent"},
	{"RetriedNotSent", "retry answered", "uploaded", "a pending asset with a fresh form", "reserved", "retry again: the same asset"},
	{"AttachedNotRecorded", "attach answered, or its answer was lost", "attached", "a canvas node", "ready",
		"within 110 min of ready the same key: a duplicate means attached; later, and before FLORA has told the time, look at the project's list first"},
	{"IntentNotSent", "the intent to create from a URL is on disk", "completed or ready", "nothing", "queued with an intent",
		"it may have been sent: the list is searched until the window is over, then parked for the operator's word"},
	{"CreatedNotRecorded", "create from a URL answered, or its answer was lost", "completed or ready", "perhaps a ready asset", "queued with an intent",
		"no second request: the list is searched until found or the window is over, then parked"},
	{"MovedNotRecorded", "the source was renamed to its destination", "done", "a ready asset", "ready or attached",
		"the destination holds the recorded identity: done"},
	{"SetAsideNotRemoved", "the source was renamed to our name, beside it or where it is moved to", "done", "a ready asset", "ready or attached",
		"the leftover is compared with the record, then removed, moved on or put back"},
	{"RemovedNotRecorded", "the source was unlinked", "done", "a ready asset", "ready or attached", "the source is gone and was to be deleted: done"},
	{"FoldedNotRecorded", "the digest was found equal to the earlier row's", "folded", "the earlier ready asset", "queued", "digests again, folds again"},
}

// WindowsTable prints the windows as a Markdown table, which docs/guarantees.md holds.
func WindowsTable() string {
	var b strings.Builder
	b.WriteString("| window | effect | not yet recorded | FLORA has | the record says | the next life |\n|---|---|---|---|---|---|\n")
	for _, w := range Windows {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", w.Name, w.Effect, w.Commit, w.Flora, w.Record, w.Next)
	}
	return b.String()
}
