package telemetry

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-systemd/v22/journal"
	"github.com/florasync/florasync/state"
)

// entry is what the journal was handed.
type entry struct {
	message  string
	priority journal.Priority
	vars     map[string]string
}

func journaled(t *testing.T, tell func(*Telemetry)) (all []entry) {
	t.Helper()
	tel, out := open(t, Options{Level: Debug, Format: "auto", IsJournal: true, Journal: func(m string, p journal.Priority, v map[string]string) error {
		all = append(all, entry{m, p, v})
		return nil
	}})
	tell(tel)
	if lines := out.take(); len(lines) > 0 {
		t.Errorf("also on standard error: %q", lines)
	}
	return all
}

func TestTheJournalGetsSentenceLevelAndFields(t *testing.T) {
	all := journaled(t, func(tel *Telemetry) {
		apply(t, tel, file(), state.IsReserved("asset_1", state.Destination{}).By("req_1", 20*time.Millisecond))
		tel.Noticed(state.Notice{Event: state.StateUnwritten, Reason: state.DiskFull, Err: errors.New("one\ntwo\x07"), Hint: "make room"})
		tel.Noticed(state.Notice{Event: state.FileNotTaken, Root: "inbox", Counts: map[string]int64{".xmp": 2}})
	})
	want := []entry{
		{"inbox/2026/a.jpg has its reservation", journal.PriDebug, map[string]string{"SYSLOG_IDENTIFIER": "florasync", "FLORASYNC_EVENT": "asset.reserved",
			"FLORASYNC_LEVEL": "debug", "FLORASYNC_ROOT": "inbox", "FLORASYNC_PATH": "2026/a.jpg", "FLORASYNC_ITEM": "it_1a", "FLORASYNC_PHASE": "reserved",
			"FLORASYNC_ASSET_ID": "asset_1", "FLORASYNC_BYTES": "1234", "FLORASYNC_DURATION_MS": "20", "FLORASYNC_REQUEST_ID": "req_1"}},
		{`the record cannot be written: one; two\x07; make room`, journal.PriErr, map[string]string{"SYSLOG_IDENTIFIER": "florasync", "FLORASYNC_EVENT": "state.unwritable",
			"FLORASYNC_LEVEL": "error", "FLORASYNC_REASON": "disk_full", "FLORASYNC_ERROR": "one\ntwo\x07", "FLORASYNC_HINT": "make room"}},
		{"inbox not taken: 2 .xmp", journal.PriInfo, map[string]string{"SYSLOG_IDENTIFIER": "florasync", "FLORASYNC_EVENT": "file.not_taken",
			"FLORASYNC_LEVEL": "info", "FLORASYNC_ROOT": "inbox", "FLORASYNC_COUNTS": "2 .xmp"}},
	}
	for i := range max(len(all), len(want)) {
		if i >= len(all) || i >= len(want) || all[i].message != want[i].message || all[i].priority != want[i].priority || !maps.Equal(all[i].vars, want[i].vars) {
			t.Fatalf("entry %d: got  %+v\nwant %+v", i, all[i:], want[i:])
		}
	}
}

// What one way of writing knows the other does too: a field of JSON is one of the journal, and no other.
func TestTheJournalHasTheFieldsOfJSON(t *testing.T) {
	tell := func(tel *Telemetry) {
		apply(t, tel, file(), state.Later(time.Now().Add(time.Second), &state.Fault{Class: state.Passing, Code: "x", Message: "m", Hint: "h", RequestID: "r"}))
		tel.Noticed(state.Notice{Event: state.ScanFinished, Root: "inbox", N: 7, Took: time.Second})
	}
	entries := journaled(t, tell)
	tel, out := open(t, Options{Level: Debug, Format: "json"})
	tell(tel)
	for i, l := range out.take() {
		var v map[string]any
		if err := json.Unmarshal([]byte(l), &v); err != nil {
			t.Fatal(err)
		}
		want := []string{"SYSLOG_IDENTIFIER"}
		for name := range v {
			if name != "time" && name != "message" { // the journal's own
				want = append(want, "FLORASYNC_"+strings.ToUpper(name))
			}
		}
		slices.Sort(want)
		if got := slices.Sorted(maps.Keys(entries[i].vars)); !slices.Equal(got, want) {
			t.Errorf("line %d: got %v, want %v", i, got, want)
		}
		for name, value := range v {
			if got, ok := entries[i].vars["FLORASYNC_"+strings.ToUpper(name)]; ok && name != "until" && got != fmt.Sprint(value) {
				t.Errorf("%s: got %q, want %v", name, got, value)
			}
		}
	}
}
