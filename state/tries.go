package state

import "slices"

// note adds what was tried to the row's tries. Waits without a fault, the operator's word, folds, links, intents and a new count for attach are not tries.
func note(tries []Try, c Change) []Try {
	o := c.Outcome
	switch o.kind {
	case KindReopen, KindSame, KindIntent, KindAttachAgain, KindLinked:
		return tries
	case KindLater:
		if o.fault == nil {
			return tries
		}
	}
	t := Try{At: c.At, Step: o.kind.String(), RequestID: o.requestID, Took: o.took}
	if f := o.fault; f != nil {
		t.Class, t.Code, t.Message = f.Class, f.Code, f.Message
		if t.RequestID == "" {
			t.RequestID = f.RequestID
		}
	}
	tries = append(append(make([]Try, 0, len(tries)+1), tries...), t)
	if len(tries) > triesN {
		tries = slices.Delete(tries, least(tries), least(tries)+1)
	}
	return tries
}

// least is the try that goes when there are too many: the oldest, but never the last one at which the present reservation was reverted, since what was completed
// before it may be on its way for a while (rule 4).
func least(tries []Try) int {
	later := func(t Try) bool { return t.Step == KindReverted.String() || t.Step == KindReserved.String() }
	if tries[0].Step == KindReverted.String() && !slices.ContainsFunc(tries[1:], later) {
		return 1
	}
	return 0
}

// thin keeps one try a step, the last that worked: all that a done row needs for a question to FLORA's support.
func thin(tries []Try) []Try {
	last := make(map[string]int)
	for i, t := range tries {
		if t.Class == NoClass && t.RequestID != "" {
			last[t.Step] = i
		}
	}
	kept := make([]Try, 0, len(last))
	for i, t := range tries {
		if j, ok := last[t.Step]; ok && i == j {
			kept = append(kept, t)
		}
	}
	return kept
}

// RequestIDs returns FLORA's ids of the row's requests, oldest first.
func (it Item) RequestIDs() []string {
	ids := make([]string, 0, len(it.Tries))
	for _, t := range it.Tries {
		if t.RequestID != "" {
			ids = append(ids, t.RequestID)
		}
	}
	return ids
}
