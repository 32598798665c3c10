package queue

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/florasync/florasync/state"
)

func inbox(rootID) string { return "inbox" }

// sampleRow is a row with every field that has a value of its own.
func sampleRow() row {
	at := time.Date(2026, 3, 1, 12, 0, 0, 123_457_000, time.UTC)
	return row{root: 3, fin: 9, gone: 77, Item: state.Item{ID: 40, Rev: 7, Root: "inbox", Path: "a/\xff\n.png", Print: state.Fingerprint{Inode: 1, Born: 2, MTime: -3, CTime: 4, Size: 5},
		To: state.Destination{Workspace: "ws_a", Folder: "f", Name: "n.png", Type: "image/png"}, Frozen: true, Phase: state.Completed, Halt: state.Failed, Reason: state.Ambiguous,
		Fault: &state.Fault{Class: state.Lasting, Code: "c", Message: "m\xff", Hint: "h", RequestID: "r", At: at}, Prev: 2, Generation: 1, Renewals: 2, Reverts: 3, Attempt: 4,
		AttachN: 5, Tries: []state.Try{{At: at, Step: "sent", Class: state.Passing, Code: "x", Message: "y", RequestID: "z", Took: time.Second}}, Due: at, SeenAt: at, ReadyAt: at,
		DoneAt: at, AttachAt: at, AttachTo: "prj_b", Lender: 6, LenderN: 7, IntentAt: at, Digest: [32]byte{1, 2, 3}, Sent: 5, AssetID: "asset_1", AssetURL: "https://x/y", Project: "prj_a", NodeID: "n", CanvasURL: "c",
		Away: state.AwayMoved, MovedTo: "/done/\xff", Previous: []string{"asset_0"}, Named: true, Unanswered: true, Agreed: true, Adopted: true, Presumed: true}}
}

// A field that the codec forgets would be lost at the first restart: the sample has a value in each, so that a new one is noticed here.
func TestEveryFieldOfARowSurvivesTheCodec(t *testing.T) {
	r := sampleRow()
	v := reflect.ValueOf(r.Item)
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; v.Field(i).IsZero() && name != "URL" {
			t.Errorf("the sample has no %s", name)
		}
	}
	b, err := r.encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := decodeRow(r.ID, b, inbox)
	if err != nil || !reflect.DeepEqual(back, r) {
		t.Errorf("got %+v, %v\nwant %+v", back, err, r)
	}
}

// FuzzRow: bytes of a damaged record are an error, never a panic; what can be read is written as it was.
func FuzzRow(f *testing.F) {
	for _, r := range []row{sampleRow(), {Item: state.Item{ID: 40}}, {Item: state.Item{ID: 40, URL: "https://h/x"}}} {
		b, err := r.encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add(b[:len(b)/2])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decodeRow(40, b, inbox)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Fatalf("not called damaged: %v", err)
			}
			return
		}
		again, err := r.encode()
		if err != nil {
			t.Skip("a time outside RFC 3339 can be read and not written") // such a row is reported by Check
		}
		back, err := decodeRow(40, again, inbox)
		if err != nil || !reflect.DeepEqual(back.Print, r.Print) || back.Path != r.Path || back.Phase != r.Phase || back.root != r.root {
			t.Fatalf("read back as %+v, %v", back, err)
		}
	})
}

// Every microsecond of the years that a record lives is read as it was written.
func TestTimesSurviveTheCodec(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		at := time.UnixMicro(dice.Int64N(time.Date(2242, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro())).UTC()
		b, err := row{Item: state.Item{ID: 1, Due: at}}.encode()
		if err != nil {
			t.Fatal(err)
		}
		if r, err := decodeRow(1, b, inbox); err != nil || r.Due != at {
			t.Fatalf("got %v, %v, want %v", r.Due, err, at)
		}
	}
}

// eachTime must know every time of an item: one that it forgets would be read as floating point has it.
func TestEachTimeIsTrimmed(t *testing.T) {
	times := func(it state.Item) (n int) {
		seen := map[*time.Time]bool{}
		eachTime(&it, func(at *time.Time) { seen[at] = true })
		var count func(v reflect.Value)
		count = func(v reflect.Value) {
			switch {
			case v.Type() == reflect.TypeFor[time.Time]():
				n++
			case v.Kind() == reflect.Struct:
				for i := range v.NumField() {
					count(v.Field(i))
				}
			case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
				for i := range v.Len() {
					count(v.Index(i))
				}
			case v.Kind() == reflect.Pointer && !v.IsNil():
				count(v.Elem())
			}
		}
		count(reflect.ValueOf(it))
		return n - len(seen)
	}
	it := sampleRow().Item
	if n := times(it); n != 0 {
		t.Errorf("eachTime does not know %d times", n)
	}
	fine := time.Unix(1_700_000_000, 123_456_789)
	eachTime(&it, func(at *time.Time) { *at = fine })
	before := *it.Fault
	got := trim(it)
	eachTime(&got, func(at *time.Time) {
		if at.Nanosecond() != 123_456_000 {
			t.Errorf("got %v", at)
		}
	})
	if *it.Fault != before || !it.Tries[0].At.Equal(fine) {
		t.Error("what others hold was changed")
	}
}
