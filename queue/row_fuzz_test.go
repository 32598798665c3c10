package queue

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/florasync/florasync/state"
)

func inbox(rootID) string { return "inbox" }

// sampleRow is a row with every field that has a value of its own.
func sampleRow() row {
	at := time.Date(2026, 3, 1, 12, 0, 0, 5, time.UTC)
	return row{root: 3, fin: 9, gone: 77, Item: state.Item{ID: 40, Rev: 7, Root: "inbox", Path: "a/\xff\n.png", Print: state.Fingerprint{Inode: 1, Born: 2, MTime: -3, CTime: 4, Size: 5},
		To: state.Destination{Workspace: "ws_a", Folder: "f", Name: "n.png", Type: "image/png"}, Frozen: true, Phase: state.Completed, Halt: state.Failed, Reason: state.Ambiguous,
		Fault: &state.Fault{Class: state.Lasting, Code: "c", Message: "m\xff", Hint: "h", RequestID: "r", At: at}, Prev: 2, Generation: 1, Renewals: 2, Reverts: 3, Attempt: 4,
		AttachN: 5, Tries: []state.Try{{At: at, Step: "sent", Class: state.Passing, Code: "x", Message: "y", RequestID: "z", Took: time.Second}}, Due: at, SeenAt: at, ReadyAt: at,
		DoneAt: at, AttachAt: at, IntentAt: at, Digest: [32]byte{1, 2, 3}, Sent: 5, AssetID: "asset_1", AssetURL: "https://x/y", Project: "prj_a", NodeID: "n", CanvasURL: "c",
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
