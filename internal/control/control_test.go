package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/florasync/florasync/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// contract is the list of an item's fields in their order.
const contract = "id source root path file_name content_type size mtime sha256 state phase reason class error hint attempts next_attempt asset_id url workspace " +
	"project folder node_id canvas_url moved_to request_ids seen_at ready_at done_at previous_asset_ids"

func keys(t *testing.T, v any) (names []string, values map[string]any) {
	t.Helper()
	b, err := Line(v)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(b)))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name.(string))
		var skip json.RawMessage
		if err := d.Decode(&skip); err != nil {
			t.Fatal(err)
		}
	}
	if err := json.Unmarshal(b, &values); err != nil {
		t.Fatal(err)
	}
	return names, values
}

// Invariant 1: whatever a row is, all its fields are there, with their types.
func TestEveryFieldOfAnItemIsAlwaysPresent(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 123_456_789, time.FixedZone("CET", 3600))
	full := state.Item{ID: 40, Root: "inbox", Path: "a/b\n\xff.png", Phase: state.Done, Print: state.Fingerprint{Size: 7, MTime: at.UnixNano()},
		To: state.Destination{Workspace: "ws_a", Folder: "f", Name: "b.png", Type: "image/png"}, Digest: [32]byte{1}, AssetID: "asset_1",
		AssetURL: "https://x/y", Project: "prj_a", NodeID: "n", CanvasURL: "https://c/?token=1", MovedTo: "/done/\xff", SeenAt: at, ReadyAt: at, DoneAt: at,
		Tries: []state.Try{{RequestID: "req_1"}}, Previous: []string{"asset_0"}, Fault: &state.Fault{Class: state.Lasting, Code: "forbidden", Message: "no", Hint: "ask"}}
	for name, it := range map[string]state.Item{"empty": {ID: 1}, "full": full, "url": {ID: 2, URL: "https://u:p@h/x.png?sig=1"}} {
		names, values := keys(t, FromState(it, false))
		if want := strings.Fields(contract); !slices.Equal(names, want) {
			t.Errorf("%s: fields\n%v\nwant\n%v", name, names, want)
		}
		for _, count := range []string{"size", "attempts"} {
			if _, ok := values[count].(float64); !ok {
				t.Errorf("%s: %s is %v", name, count, values[count])
			}
		}
		for _, list := range []string{"request_ids", "previous_asset_ids"} {
			if _, ok := values[list].([]any); !ok {
				t.Errorf("%s: %s is %v", name, list, values[list])
			}
		}
	}
	_, v := keys(t, FromState(full, false))
	for field, want := range map[string]any{"path": `a/b` + "\n" + `\xff.png`, "seen_at": "2026-03-01T11:00:00.123Z", "sha256": "01" + strings.Repeat("0", 62),
		"canvas_url": "https://c/", "moved_to": `/done/\xff`, "state": "ready", "phase": "done", "class": "lasting"} {
		if v[field] != want {
			t.Errorf("%s: got %v, want %v", field, v[field], want)
		}
	}
	_, v = keys(t, FromState(state.Item{ID: 2, URL: "https://u:p@h/x.png?sig=1"}, false))
	if v["source"] != "url" || v["path"] != "https://h/x.png" || v["mtime"] != nil || v["asset_id"] != nil {
		t.Errorf("url: got %v", v)
	}
}

func TestAnItemReadsBackAsItWas(t *testing.T) {
	item := FromState(state.Item{ID: 3, Path: "a", SeenAt: time.UnixMilli(1_700_000_000_123).UTC(), Tries: []state.Try{{RequestID: "r"}}}, true)
	b, err := Line(item)
	if err != nil {
		t.Fatal(err)
	}
	var back Item
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	again, err := Line(back)
	if err != nil || string(again) != string(b) {
		t.Errorf("got %s, %v, want %s", again, err, b)
	}
	if back.State != "active" {
		t.Errorf("state %q", back.State)
	}
}

func TestFinalAndBad(t *testing.T) {
	fault := &state.Fault{Class: state.Lasting, Message: "no"}
	for _, tc := range []struct {
		it         state.Item
		final, bad bool
	}{
		{state.Item{}, false, false}, {state.Item{Phase: state.Done}, true, false}, {state.Item{Phase: state.Ready}, false, false},
		{state.Item{Phase: state.Ready, Fault: fault}, true, true}, {state.Item{Halt: state.Failed, Fault: fault}, true, true},
		{state.Item{Halt: state.Skipped, Fault: fault}, true, false},
		{state.Item{Phase: state.Ready, Fault: &state.Fault{Class: state.Local, Message: "busy"}}, false, true},
	} {
		if v := FromState(tc.it, false); v.Final() != tc.final || v.Bad() != tc.bad {
			t.Errorf("%+v: final %t bad %t", tc.it, v.Final(), v.Bad())
		}
	}
}

// fake answers with what it was asked.
type fake struct {
	Service
	f Filter
}

func (f *fake) List(_ context.Context, q Filter, after string, n int) (Page, error) {
	f.f = q
	if after == "bad" {
		return Page{}, fmt.Errorf("%w: cursor", ErrInput)
	}
	return Page{Items: []Item{{ID: "it_1", Path: after}}, Next: fmt.Sprint(n)}, nil
}
func (f *fake) Forget(context.Context, Filter, bool) (int, error) {
	return 0, fmt.Errorf("a.png: %w", ErrPresent)
}
func (f *fake) Explain(_ context.Context, path string) (Explanation, error) {
	return Explanation{}, fmt.Errorf("%s: %w", path, ErrUnknown)
}
func (f *fake) Retry(context.Context, Filter) (int, error) { return 3, nil }

func TestAnswersAndErrorsKeepTheirIdentityOverTheSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- Serve(ctx, l, f, false) }()
	c := Dial(path)
	root := ""
	page, err := c.List(t.Context(), Filter{Root: &root, States: []string{"ready"}, Failed: true}, "cur", 7)
	if err != nil || len(page.Items) != 1 || page.Items[0].Path != "cur" || page.Next != "7" {
		t.Errorf("list: got %+v, %v", page, err)
	}
	if f.f.Root == nil || *f.f.Root != "" || !f.f.Failed || !slices.Equal(f.f.States, []string{"ready"}) {
		t.Errorf("the filter arrived as %+v", f.f)
	}
	if n, err := c.Retry(t.Context(), Filter{}); n != 3 || err != nil {
		t.Errorf("retry: got %d, %v", n, err)
	}
	for want, err := range map[error]error{ErrInput: second(c.List(t.Context(), Filter{}, "bad", 1)), ErrPresent: second(c.Forget(t.Context(), Filter{}, false)),
		ErrUnknown: second(c.Explain(t.Context(), "/x"))} {
		if !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if _, err := c.Retry(t.Context(), Filter{}); err == nil {
		t.Error("a dead socket answered")
	}
}

func second[T any](_ T, err error) error { return err }
