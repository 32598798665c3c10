package flora

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// StorageKind is what a form's upload target is.
type StorageKind string

// The kinds seen in practice (facts, "The byte upload").
const (
	StorageGCS      StorageKind = "gcs"
	StorageImageKit StorageKind = "imagekit"
	StorageUnknown  StorageKind = "unknown"
)

// Form is a signed upload form: leave to store one file, for a while. It lives in memory only. However it is printed or
// marshalled, its fields and the path and query of its URL stay out. The zero Form is no form.
//
// fmt walks unexported fields without asking their methods, and follows one pointer where a verb does not fit; it never follows two.
type Form struct{ hidden **form }

func newForm(f *form) Form { return Form{&f} }

// data is the form itself, or nil when there is none.
func (f Form) data() *form {
	if f.hidden == nil {
		return nil
	}
	return *f.hidden
}

type form struct {
	url       *url.URL
	fileField string
	names     []string // of fields, sorted: the order on the wire
	fields    map[string]string
	kind      StorageKind
	expiresAt time.Time // server time; zero unknown
	deadline  time.Time // this machine's monotonic clock; zero unknown
}

// IsZero tells whether there is no form.
func (f Form) IsZero() bool { return f.data() == nil }

// Host is where the form is sent: host, with the port when there is one.
func (f Form) Host() string {
	if f.data() == nil {
		return ""
	}
	return f.data().url.Host
}

// Kind is what the target looks like.
func (f Form) Kind() StorageKind {
	if f.data() == nil {
		return StorageUnknown
	}
	return f.data().kind
}

// Reusable tells whether a form that was sent may be sent again: Google Cloud Storage overwrites the object until the policy
// expires; ImageKit's token is spent by the first attempt, even a failed one; of others nobody knows.
func (f Form) Reusable() bool { return f.Kind() == StorageGCS }

// Expired tells whether the form's lifetime is over at now, which must come from time.Now: the deadline is the moment the answer
// arrived plus expires_at minus the answer's Date, so neither a wrong clock nor a clock set anew matters. Without expires_at or
// Date a form never expires here.
func (f Form) Expired(now time.Time) bool {
	return f.data() != nil && !f.data().deadline.IsZero() && !now.Before(f.data().deadline)
}

// Deadline is when the form expires, or false when that is unknown.
func (f Form) Deadline() (time.Time, bool) {
	if f.data() == nil || f.data().deadline.IsZero() {
		return time.Time{}, false
	}
	return f.data().deadline, true
}

// ExpiresAt is expires_at as FLORA said it, in server time; zero when unknown.
func (f Form) ExpiresAt() time.Time {
	if f.data() == nil {
		return time.Time{}
	}
	return f.data().expiresAt
}

// String names the host and nothing else.
func (f Form) String() string {
	if f.data() == nil {
		return "form(none)"
	}
	return fmt.Sprintf("form(%s at %s, %d fields redacted)", f.data().kind, f.data().url.Host, len(f.data().fields))
}

// GoString is String.
func (f Form) GoString() string { return f.String() }

// Format writes String, whatever the verb.
func (f Form) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, f.String()) }

// MarshalText gives String.
func (f Form) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// MarshalJSON gives String, quoted.
func (f Form) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, "%q", f.String()), nil }

// LogValue gives String to log/slog.
func (f Form) LogValue() slog.Value { return slog.StringValue(f.String()) }

// secrets are the values that must not appear in a text.
func (f *form) secrets() []string {
	s := slices.Collect(maps.Values(f.fields))
	s = append(s, f.url.String(), f.url.RequestURI(), f.url.RawQuery)
	for _, values := range f.url.Query() {
		s = append(s, values...)
	}
	if f.url.User != nil {
		password, _ := f.url.User.Password()
		s = append(s, f.url.User.Username(), password)
	}
	return s
}

// readForm reads the upload object in both spellings of the specification, the reference's (snake case, what the wire uses) before the
// guide's, and upload_url where upload.url is missing. what names the first thing wrong; a form that is simply absent is "upload".
func readForm(o object, m Meta) (f Form, what string) {
	upload := o.object("upload")
	target, ok := upload.first("url", "upload_url")
	if !ok {
		if target, ok = o.first("upload_url"); !ok {
			return Form{}, "upload"
		}
	}
	raw, _ := scalarText(target)
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return Form{}, "upload.url is not an http(s) URL"
	}
	u.Fragment, u.RawFragment = "", ""
	if method := upload.text("method"); method != "" && !strings.EqualFold(method, "POST") {
		return Form{}, "upload.method is not POST"
	}
	if kind := upload.text("content_type", "contentType"); kind != "" && !strings.HasPrefix(strings.ToLower(kind), "multipart/form-data") {
		return Form{}, "upload.content_type is not multipart/form-data"
	}
	p := &form{url: u, fileField: upload.text("file_field", "fileField"), expiresAt: o.time("expires_at")}
	if p.fileField == "" {
		p.fileField = "file"
	}
	if p.fields, what = readFormFields(upload); what != "" {
		return Form{}, what
	}
	p.names = slices.Sorted(maps.Keys(p.fields))
	if p.expiresAt.IsZero() {
		p.expiresAt = upload.time("expires_at", "expiresAt")
	}
	if !p.expiresAt.IsZero() && !m.Date.IsZero() {
		p.deadline = m.ReceivedAt.Add(p.expiresAt.Sub(m.Date))
	}
	p.kind = kindOf(u, p.fields)
	return newForm(p), ""
}

func readFormFields(upload object) (map[string]string, string) {
	fields := map[string]string{}
	raw, ok := upload.first("form_fields", "formFields")
	if !ok {
		return fields, ""
	}
	o, ok := asObject(raw)
	if !ok {
		return nil, "upload.form_fields is not an object"
	}
	for name := range o {
		value, ok := o.first(name)
		if !ok {
			continue // null: nothing to send
		}
		text, ok := scalarText(value)
		if !ok {
			return nil, "upload.form_fields holds a value that is not text"
		}
		fields[name] = text
	}
	return fields, ""
}

func kindOf(u *url.URL, fields map[string]string) StorageKind {
	has := func(names ...string) bool {
		for _, name := range names {
			if _, ok := fields[name]; !ok {
				return false
			}
		}
		return true
	}
	host := strings.ToLower(u.Hostname())
	switch {
	case host == "storage.googleapis.com", strings.HasSuffix(host, ".storage.googleapis.com"), has("policy", "x-goog-signature"):
		return StorageGCS
	case strings.HasSuffix(host, ".imagekit.io"), has("token", "signature", "expire"):
		return StorageImageKit
	}
	return StorageUnknown
}
