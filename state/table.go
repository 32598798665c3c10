package state

import (
	"fmt"
	"strings"
)

// Transition is one line of the machine: on this outcome a row in From stands in To.
type Transition struct {
	From Phase
	On   Kind
	To   Phase
	Halt Halt
	When string // what makes it allowed, or what goes with it
}

// Table is the machine, all of it. [Next] follows it; the README's drawing and a golden test are printed from it.
var Table = []Transition{
	{Queued, KindReserved, Reserved, None, "request body frozen"},
	{Queued, KindIntent, Queued, None, "a URL; on disk before the one request"},
	{Queued, KindCreated, Completed, None, "a URL with its intent on disk"},
	{Queued, KindAdopted, Ready, None, "an earlier record's asset, by digest"},
	{Queued, KindLinked, Ready, None, "duplicates: link"},
	{Queued, KindSame, Queued, None, "the earlier row takes over path and stamps; this one goes"},
	{Queued, KindGaveUp, Queued, None, "409 for our own lost answer; a URL refused: generation+1"},
	{Queued, KindSkip, Queued, Skipped, "complete was never sent"},
	{Queued, KindFail, Queued, Failed, ""},
	{Queued, KindLater, Queued, None, "passing: attempt+1"},
	{Queued, KindReopen, Queued, None, "ambiguous: generation+1; also skipped by a rule that changed"},

	{Reserved, KindSent, Uploaded, None, "2xx and the proof"},
	{Reserved, KindRenewed, Reserved, None, "form expired, lost, spent or refused: renewals+1"},
	{Reserved, KindGaveUp, Queued, None, "retry refused, asset pending, failed or 404; an equal file is on its way (link): generation+1"},
	{Reserved, KindAdopted, Ready, None, "an earlier record's asset, by digest"},
	{Reserved, KindSkip, Reserved, Skipped, "complete was never sent, or refused"},
	{Reserved, KindFail, Reserved, Failed, ""},
	{Reserved, KindLater, Reserved, None, "passing: attempt+1"},
	{Reserved, KindReopen, Reserved, None, "ambiguous: queued, generation+1"},

	{Uploaded, KindCompleted, Completed, None, ""},
	{Uploaded, KindReady, Ready, None, "size agrees; no project, keep: done"},
	{Uploaded, KindReverted, Reserved, None, "bytes missing, or failed: reverts+1"},
	{Uploaded, KindFail, Uploaded, Failed, ""},
	{Uploaded, KindLater, Uploaded, None, "passing: attempt+1"},
	{Uploaded, KindReopen, Uploaded, None, "ambiguous: queued, generation+1"},

	{Completed, KindReady, Ready, None, "size agrees; no project, keep: done"},
	{Completed, KindReverted, Reserved, None, "failed at FLORA: reverts+1"},
	{Completed, KindFail, Completed, Failed, ""},
	{Completed, KindLater, Completed, None, "passing: attempt+1; no fault: still processing"},
	{Completed, KindReopen, Completed, None, "ambiguous: queued, generation+1"},

	{Ready, KindAttached, Attached, None, "keep: done"},
	{Ready, KindAttachAgain, Ready, None, "not on the canvas: attach count+1"},
	{Ready, KindFiledAway, Done, None, "no project"},
	{Ready, KindFail, Ready, None, "parked: ready with an error"},
	{Ready, KindLater, Ready, None, "passing: attempt+1"},
	{Ready, KindReopen, Ready, None, ""},

	{Attached, KindFiledAway, Done, None, ""},
	{Attached, KindFail, Attached, None, "parked: ready with an error"},
	{Attached, KindLater, Attached, None, "passing: attempt+1"},
	{Attached, KindReopen, Attached, None, ""},
}

// find returns the rule for an outcome in a phase; [Table] is small and its order is for readers, so an index is made once.
var find = func() map[[2]uint8]Transition {
	m := make(map[[2]uint8]Transition, len(Table))
	for _, r := range Table {
		k := [2]uint8{uint8(r.From), uint8(r.On)}
		if _, twice := m[k]; twice {
			panic(fmt.Sprintf("state.Table: %v on %v twice", r.From, r.On))
		}
		m[k] = r
	}
	return m
}()

// Drawing prints the table as text, one line a rule: what the golden test and the README hold.
func Drawing() string {
	var b strings.Builder
	from := phaseN
	for _, r := range Table {
		name := ""
		if r.From != from {
			from, name = r.From, r.From.String()
		}
		to := r.To.String()
		if r.Halt != None {
			to = r.Halt.String() + " at " + to
		}
		b.WriteString(strings.TrimRight(fmt.Sprintf("%-10s %-13s → %-20s %s", name, r.On, to, r.When), " ") + "\n")
	}
	return b.String()
}
