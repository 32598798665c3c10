package flora

import "time"

// Status is an asset's state at FLORA. Values this package does not know are kept as they came.
type Status string

// The statuses of the reference.
const (
	StatusPending Status = "pending_upload"
	StatusReady   Status = "ready"
	StatusFailed  Status = "failed"
)

// Known tells whether the reference lists s. An unknown status means: neither ready nor failed, look again.
func (s Status) Known() bool {
	return s == StatusPending || s == StatusReady || s == StatusFailed
}

// Asset is what FLORA says of an asset; almost everything may be unknown, which is "", zero or false.
type Asset struct {
	ID             string // "" in old rows of a list
	Status         Status
	URL            string // where its bytes are, once ready; may be signed
	WorkspaceID    string
	Name           string
	ContentType    string
	UploadType     string // upload_content_type
	UploadedVia    string // "url", "signed_url", or newer words
	FailureMessage string // bounded and harmless
	SizeBytes      int64  // when SizeKnown
	SizeKnown      bool
	Width, Height  int64     // pixels; 0 unknown
	CreatedAt      time.Time // zero unknown
}

func readAsset(o object, red redactor) Asset {
	a := Asset{
		ID:             o.text("asset_id"),
		Status:         Status(harmless(o.text("status"), 64)),
		URL:            o.text("url"),
		WorkspaceID:    o.text("workspace_id"),
		Name:           o.text("name", "file_name"),
		ContentType:    o.text("content_type"),
		UploadType:     o.text("upload_content_type"),
		UploadedVia:    o.text("uploaded_via"),
		FailureMessage: red.text(o.text("failure_message")),
		CreatedAt:      o.time("created_at"),
	}
	a.SizeBytes, a.SizeKnown = o.size("size_bytes")
	a.Width, _ = o.size("width")
	a.Height, _ = o.size("height")
	return a
}
