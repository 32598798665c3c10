package telemetry

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/state"
)

func TestALifeInJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tel, out := open(t, Options{Level: Debug, Format: "json"})
		tel.Applied(state.Applied{After: file()})
		apply(t, tel, file(),
			state.IsReserved("asset_1", state.Destination{}).By("req_1", 20*time.Millisecond),
			state.Later(time.Now().Add(time.Second), &state.Fault{Class: state.Passing, Code: "internal_error", Message: "FLORA says 503", Hint: "wait", RequestID: "req_2"}),
			state.Sent([32]byte{1}, 1234),
			state.IsReady("https://cdn.example/a.jpg?sig=1", time.Now(), true, state.Work{Away: true}),
			state.FiledAway(state.AwayMoved, "/srv/done/a.jpg"))
		want := []string{
			`{"time":"2000-01-01T00:00:00.000Z","level":"debug","event":"file.settled","message":"the file has settled","root":"inbox","path":"2026/a.jpg","item":"it_1a","phase":"queued","bytes":1234}`,
			`{"time":"2000-01-01T00:00:00.000Z","level":"debug","event":"asset.reserved","message":"the reservation is recorded","root":"inbox","path":"2026/a.jpg","item":"it_1a","phase":"reserved","asset_id":"asset_1","bytes":1234,"duration_ms":20,"request_id":"req_1"}`,
			`{"time":"2000-01-01T00:00:00.000Z","level":"debug","event":"asset.retry","message":"the step is tried again","root":"inbox","path":"2026/a.jpg","item":"it_1a","phase":"reserved","attempt":1,"asset_id":"asset_1","bytes":1234,"class":"passing","reason":"internal_error","error":"FLORA says 503","hint":"wait","request_id":"req_2","until":"2000-01-01T00:00:01.000Z"}`,
			`{"time":"2000-01-01T00:00:00.000Z","level":"debug","event":"asset.uploaded","message":"the bytes are at the storage","root":"inbox","path":"2026/a.jpg","item":"it_1a","phase":"uploaded","asset_id":"asset_1","bytes":1234}`,
			`{"time":"2000-01-01T00:00:00.000Z","level":"info","event":"asset.ready","message":"the asset is ready","root":"inbox","path":"2026/a.jpg","item":"it_1a","phase":"attached","asset_id":"asset_1","url":"https://cdn.example/a.jpg","bytes":1234}`,
			`{"time":"2000-01-01T00:00:00.000Z","level":"info","event":"file.moved","message":"the file was moved away","root":"inbox","path":"2026/a.jpg","item":"it_1a","phase":"done","asset_id":"asset_1","url":"https://cdn.example/a.jpg","bytes":1234,"moved_to":"/srv/done/a.jpg"}`,
		}
		got := out.take()
		for i := range max(len(got), len(want)) {
			if i >= len(got) || i >= len(want) || got[i] != want[i]+"\n" {
				t.Fatalf("line %d: got  %q\nwant %q", i, got[i:], want[i:])
			}
		}
		if tel.Sent() != 1234 {
			t.Errorf("sent: got %d", tel.Sent())
		}
	})
}

func TestSentences(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tel, out := open(t, Options{Level: Debug, Format: "console"})
		notice := func(n state.Notice) func() { return func() { tel.Noticed(n) } }
		for _, tt := range []struct {
			name string
			tell func()
			want string
		}{
			{"Settled", func() { tel.Applied(state.Applied{After: file()}) }, "inbox/2026/a.jpg has settled"},
			{"Failed", func() {
				apply(t, tel, file(), state.Fail("input_validation_error", &state.Fault{Class: state.Lasting, Message: "name: too long", Hint: "rename it", RequestID: "req_9"}))
			}, "error: inbox/2026/a.jpg failed: name: too long; rename it (req_9)"},
			{"Skipped", func() { apply(t, tel, file(), state.Skip(state.Type, "a text file")) }, "inbox/2026/a.jpg is skipped: a text file"},
			{"BadName", func() {
				it := file()
				it.Path = "\x1b[2J\xff\u202e.jpg"
				tel.Applied(state.Applied{After: it})
			}, `inbox/\x1b[2J\xff\xe2\x80\xae.jpg has settled`},
			{"NotTaken", notice(state.Notice{Event: state.FileNotTaken, Root: "inbox", Counts: map[string]int64{".xmp": 1000, ".cr3": 1000, "": 2}}),
				"inbox not taken: 1,000 .cr3, 1,000 .xmp, 2 without extension"},
			{"Suspended", notice(state.Notice{Event: state.APISuspended, Reason: state.KeyRefused, Err: errors.New("FLORA refuses the key"), Hint: "put a new one into /etc/k",
				Resuming: time.Now().Add(30 * time.Second)}), "warn: uploads are suspended: FLORA refuses the key, again in 30s; put a new one into /etc/k"},
			{"Kept", notice(state.Notice{Event: state.FileKept, Root: "inbox", Path: "a.jpg", Err: errors.New("it changed")}), "warn: inbox/a.jpg was kept: it changed"},
			{"ManyLines", notice(state.Notice{Event: state.StateUnwritten, Err: errors.New("one\ntwo\x07")}), `error: the record cannot be written: one; two\x07`},
			{"NamedByHand", func() { tel.Applied(state.Applied{After: state.Item{ID: 1, Path: "home/flo/a.jpg"}}) }, "/home/flo/a.jpg has settled"},
			{"FromAURL", func() { tel.Applied(state.Applied{After: state.Item{ID: 1, URL: "https://u:p@h/a.jpg?sig=1"}}) }, "https://h/a.jpg has settled"},
			{"UnknownEvent", notice(state.Notice{Event: "x.y", Root: "inbox"}), "warn: inbox: x.y"},
		} {
			tt.tell()
			want := timeOf(time.Now()) + " " + tt.want + "\n"
			if got := out.take(); len(got) != 1 || got[0] != want {
				t.Errorf("%s: got  %q\nwant %q", tt.name, got, want)
			}
		}
	})
}

func TestFormats(t *testing.T) {
	n := state.Notice{Event: state.StateDamaged}
	for _, tt := range []struct {
		name string
		o    Options
		want string // without the time
	}{
		{"AutoIsJSON", Options{}, `"event":"state.damaged"`},
		{"AutoOnATerminal", Options{Format: "auto", IsTerminal: true, IsJournal: true}, "\x1b[31merror: the record is damaged\x1b[0m\n"},
		{"NoColor", Options{IsTerminal: true, NoColor: true}, " error: the record is damaged\n"},
		{"ConsoleIntoAFile", Options{Format: "console"}, " error: the record is damaged\n"},
		{"JournalOutOfItsStream", Options{Format: "journald"}, "<3>the record is damaged\n"},
		{"JournalThatTakesNothing", Options{IsJournal: true, Journal: noJournal}, "<3>the record is damaged\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tel, out := open(t, tt.o)
			tel.Noticed(n)
			got := out.take()
			if len(got) != 1 || !strings.Contains(got[0], tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	if _, err := New(Options{Format: "xml"}); err == nil {
		t.Error("a format that is none was taken")
	}
}

func TestTheLevelChangesWhileRunning(t *testing.T) {
	tel, out := open(t, Options{Level: Info})
	tel.Applied(state.Applied{After: file()})
	tel.Noticed(state.Notice{Event: state.RootWatching, Root: "inbox"})
	if got := out.take(); len(got) != 1 {
		t.Errorf("at info: got %q", got)
	}
	tel.SetLevel(Debug)
	tel.Applied(state.Applied{After: file()})
	if got := out.take(); len(got) != 1 {
		t.Errorf("at debug: got %q", got)
	}
	tel.SetLevel(Error)
	tel.Noticed(state.Notice{Event: state.FileKept})
	if got := out.take(); len(got) != 0 || tel.Level() != Error {
		t.Errorf("at error: got %q", got)
	}
	if _, err := ParseLevel("loud"); err == nil {
		t.Error("a level that is none was taken")
	}
}

func TestEveryEventHasItsSentence(t *testing.T) { // invariant 2
	var got []state.Event
	for _, s := range Sentences() {
		got = append(got, s.Event)
		if s.Message == "" {
			t.Errorf("%s says nothing", s.Event)
		}
	}
	if !reflect.DeepEqual(got, state.Events) {
		t.Errorf("got  %v\nwant %v", got, state.Events)
	}
}

// Every transition of the machine's table is an event of the list, at the level of the contract.
func TestEveryTransitionIsAnEvent(t *testing.T) { // invariants 1 and 2
	fault := &state.Fault{Class: state.Passing, Message: "x"}
	outcomes := []state.Outcome{state.IsReserved("asset_1", state.Destination{}), state.Sent([32]byte{}, 0), state.IsCompleted(),
		state.IsReady("u", time.Time{}, true, state.Work{}), state.Adopted("a", "u", state.Destination{}, [32]byte{}, 0, time.Time{}, state.Work{}),
		state.IsAttached("p", "n", "u", state.Work{}), state.AttachAgain(time.Now(), "p"), state.FiledAway(state.AwayKept, ""), state.Renewed(fault), state.Reverted(fault),
		state.GaveUp(fault), state.Intent(state.Destination{}), state.Created("a"), state.SameAs(1), state.LinkTo(state.Item{}, [32]byte{}, state.Work{}),
		state.Skip(state.Gone, "x"), state.Fail("x", fault), state.Later(time.Time{}, nil), state.Reopen()}
	byKind := map[state.Kind]state.Outcome{}
	for _, o := range outcomes {
		byKind[o.Kind()] = o
	}
	loud := map[state.Event]Level{state.AssetReady: Info, state.AssetAdopted: Info, state.FileSkipped: Info, state.AssetFailed: Error, state.AssetParked: Warn}
	for _, rule := range state.Table {
		o, ok := byKind[rule.On]
		if !ok {
			t.Errorf("no outcome for %v: add one", rule.On)
			continue
		}
		event, level := EventOf(state.Applied{After: state.Item{ID: 1, Phase: rule.To, Halt: rule.Halt}, Change: state.Change{ID: 1, Outcome: o}})
		if _, known := sentenceOf[event]; !known {
			t.Errorf("%v on %v is %q, which is no event", rule.From, rule.On, event)
		}
		if level != loud[event] {
			t.Errorf("%v on %v is %s at %v, want %v", rule.From, rule.On, event, level, loud[event])
		}
		if (event == state.AssetFailed) != (rule.Halt == state.Failed) || (event == state.FileSkipped) != (rule.Halt == state.Skipped) {
			t.Errorf("%v on %v ends %v and is %s", rule.From, rule.On, rule.Halt, event)
		}
	}
	for away, want := range map[state.Away]state.Event{state.AwayMoved: state.FileMoved, state.AwayDeleted: state.FileDeleted} {
		o := state.FiledAway(away, "")
		if event, level := EventOf(state.Applied{After: state.Item{Phase: state.Done, Away: away}, Change: state.Change{Outcome: o}}); event != want || level != Info {
			t.Errorf("got %s at %v, want %s at info", event, level, want)
		}
	}
	if event, level := EventOf(state.Applied{After: state.Item{Halt: state.Skipped}}); event != state.FileSkipped || level != Info {
		t.Errorf("a row born skipped is %s at %v", event, level)
	}
}

func TestManyWritersWriteWholeLines(t *testing.T) {
	tel, out := open(t, Options{Level: Debug})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 50 {
				tel.Noticed(state.Notice{Event: state.RootWatching, Root: fmt.Sprint(i)})
				tel.SetLevel(Debug)
			}
		})
	}
	wg.Wait()
	list := out.take()
	if len(list) != 400 {
		t.Errorf("got %d lines", len(list))
	}
	for _, line := range list {
		if !json.Valid([]byte(line)) {
			t.Fatalf("torn: %q", line)
		}
	}
}

func TestAFileNamedByHandHasItsAbsolutePath(t *testing.T) {
	var out strings.Builder
	tel, err := New(Options{Level: Debug, Format: "json", Out: &out})
	if err != nil {
		t.Fatal(err)
	}
	tel.Applied(state.Applied{After: state.Item{ID: 1, Path: "tmp/x.png"}})
	tel.Noticed(state.Notice{Event: state.ScanFinished, Root: "inbox"})
	if got := out.String(); !strings.Contains(got, `"path":"/tmp/x.png"`) || strings.Count(got, `"path"`) != 1 {
		t.Errorf("got %s", got)
	}
}
