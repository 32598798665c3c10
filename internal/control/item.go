package control

import (
	"encoding/hex"
	"strings"
	"time"

	"github.com/florasync/florasync/state"
)

// Time is a moment as JSON shows it: RFC 3339, UTC, milliseconds; the zero time is null.
type Time struct{ time.Time }

const timeLayout = "2006-01-02T15:04:05.000Z"

// MarshalJSON writes the time, or null.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return t.UTC().AppendFormat(nil, `"`+timeLayout+`"`), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		t.Time = time.Time{}
		return nil
	}
	return t.Time.UnmarshalJSON(b)
}

// String returns the time as in JSON, "" for the zero time.
func (t Time) String() string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeLayout)
}

// Text is a string, or null when empty.
type Text string

// MarshalJSON writes the string, or null.
func (t Text) MarshalJSON() ([]byte, error) {
	if t == "" {
		return []byte("null"), nil
	}
	return marshal(string(t))
}

// Item is a row as scripts see it. Every field is always present.
type Item struct {
	ID               string   `json:"id"`
	Source           string   `json:"source"` // file or url
	Root             string   `json:"root"`
	Path             string   `json:"path"` // below the root, in its reversible text form; absolute for one named by hand; a URL without its query
	FileName         Text     `json:"file_name"`
	ContentType      Text     `json:"content_type"`
	Size             int64    `json:"size"`
	MTime            Time     `json:"mtime"`
	SHA256           Text     `json:"sha256"`
	State            string   `json:"state"`
	Phase            string   `json:"phase"`
	Reason           Text     `json:"reason"`
	Class            Text     `json:"class"`
	Error            Text     `json:"error"`
	Hint             Text     `json:"hint"`
	Attempts         int      `json:"attempts"`
	NextAttempt      Time     `json:"next_attempt"`
	AssetID          Text     `json:"asset_id"`
	URL              Text     `json:"url"`
	Workspace        Text     `json:"workspace"`
	Project          Text     `json:"project"`
	Folder           Text     `json:"folder"`
	NodeID           Text     `json:"node_id"`
	CanvasURL        Text     `json:"canvas_url"`
	MovedTo          Text     `json:"moved_to"`
	RequestIDs       []string `json:"request_ids"`
	SeenAt           Time     `json:"seen_at"`
	ReadyAt          Time     `json:"ready_at"`
	DoneAt           Time     `json:"done_at"`
	PreviousAssetIDs []string `json:"previous_asset_ids"`
}

// FromState returns the row as JSON shows it. active says that an attempt is under way now.
func FromState(it state.Item, active bool) Item {
	v := Item{
		ID: it.ID.String(), Source: "file", Root: it.Root, Path: it.Path.Text(), FileName: Text(it.To.Name), ContentType: Text(it.To.Type),
		Size: it.Print.Size, State: it.Standing().String(), Phase: it.Phase.String(), Reason: Text(it.Reason), Attempts: int(it.Attempt),
		AssetID: Text(it.AssetID), URL: Text(it.AssetURL), Workspace: Text(it.To.Workspace), Project: Text(it.Project), Folder: Text(it.To.Folder),
		NodeID: Text(it.NodeID), CanvasURL: Text(state.ShownURL(it.CanvasURL)), MovedTo: Text(it.MovedTo), RequestIDs: it.RequestIDs(), SeenAt: Time{it.SeenAt},
		ReadyAt: Time{it.ReadyAt}, DoneAt: Time{it.DoneAt}, PreviousAssetIDs: append([]string{}, it.Previous...),
	}
	if it.MovedTo != "" {
		v.MovedTo = Text(state.Path(it.MovedTo).Text())
	}
	switch {
	case it.URL != "":
		v.Source, v.Path = "url", state.ShownURL(it.URL)
	case it.Root == "":
		v.Path = "/" + v.Path
	}
	if it.URL == "" {
		v.MTime = Time{time.Unix(0, it.Print.MTime)}
	}
	if v.FileName == "" && it.URL == "" {
		v.FileName = Text(state.Path(it.Path.Base()).Text())
	}
	if it.HasDigest() {
		v.SHA256 = Text(hex.EncodeToString(it.Digest[:]))
	}
	if active && it.Standing() == state.StandsWaiting {
		v.State = state.StandsActive.String()
	}
	if it.Standing() == state.StandsWaiting || (it.Standing() == state.StandsReady && it.Phase < state.Done) {
		v.NextAttempt = Time{it.Due}
	}
	if f := it.Fault; f != nil {
		v.Class, v.Error, v.Hint = Text(f.Class.String()), Text(f.Message), Text(f.Hint)
		if v.Reason == "" && florasWord(f) {
			v.Reason = Text(f.Code)
		}
	}
	return v
}

// florasWord reports that a fault's code is FLORA's own word, not the storage's or the transport's.
func florasWord(f *state.Fault) bool {
	switch f.Class {
	case state.StorageDown, state.ServiceDown, state.FormStale, state.Local:
		return false
	}
	return f.Code == strings.ToLower(f.Code) && !strings.HasPrefix(f.Code, "storage_") && !strings.HasPrefix(f.Code, "http_")
}

// Final reports that nothing moves the item by itself any more.
func (i Item) Final() bool {
	return i.State == "failed" || i.State == "skipped" || i.Phase == "done" || (i.State == "ready" && i.Class == "lasting")
}

// Bad reports an item a script should look at: failed, or ready with an error.
func (i Item) Bad() bool {
	return i.State == "failed" || (i.State == "ready" && i.Error != "")
}
