package flora

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Verdict is a storage error, read.
type Verdict string

// The verdicts. TooLarge and BadField are lasting. Signature, Expired and Used mean a stale form: ask FLORA for another one.
const (
	VerdictTooLarge  Verdict = "too large"
	VerdictBadField  Verdict = "bad field"
	VerdictSignature Verdict = "signature"
	VerdictExpired   Verdict = "expired"
	VerdictUsed      Verdict = "used"
	VerdictKey       Verdict = "key"       // FLORA's own account at the storage is refused
	VerdictThrottled Verdict = "throttled" // 429, SlowDown
	VerdictServer    Verdict = "server"    // 5xx and 408
	VerdictUnknown   Verdict = "unknown"
)

// StorageError is an error answer of the storage that a form points at, or of an asset's URL. Texts are scrubbed and bounded.
type StorageError struct {
	Op            Op // OpUpload or OpDownload
	Host          string
	Status        int
	Kind          StorageKind
	Verdict       Verdict
	Code          string // GCS: <Code>; "" when absent
	Message       string
	RequestID     string
	Date          time.Time
	RetryAfter    time.Duration
	HasRetryAfter bool
}

func (e *StorageError) Error() string {
	s := fmt.Sprintf("%s: storage %s answered %d (%s)", e.Op, e.Host, e.Status, e.Verdict)
	if e.Code != "" {
		s += " " + e.Code
	}
	if e.Message != "" {
		s += ": " + e.Message
	}
	return s
}

// storageText is what a storage error's body says.
type storageText struct{ code, message, details string }

func readStorageError(op Op, kind StorageKind, resp *http.Response, m Meta, body []byte, red redactor) *StorageError {
	text, said := parseStorageText(body)
	if kind == StorageUnknown && said != "" {
		kind = said
	}
	if text == (storageText{}) {
		text.message = plainText(resp.Header.Get("Content-Type"), body)
	}
	e := &StorageError{Op: op, Status: m.Status, Kind: kind, RequestID: m.RequestID, Date: m.Date}
	if resp.Request != nil {
		e.Host = resp.Request.URL.Host
	}
	e.RetryAfter, e.HasRetryAfter = retryAfter(resp.Header, m)
	// A value of the form that the text echoes, such as an object's name, must not pass for the storage's own words.
	text.message, text.details = red.strip(text.message), red.strip(text.details)
	e.Verdict = judge(m.Status, text)
	e.Code = harmless(red.text(text.code), 64)
	e.Message = red.text(strings.TrimSpace(text.message + " " + text.details))
	return e
}

// parseStorageText reads Google's XML (<Error><Code/><Message/><Details/></Error>), ImageKit's JSON ({message, help}) and Google's
// JSON ({error: {code, message}}). The kind is the one whose form the text has; "" for neither.
func parseStorageText(body []byte) (storageText, StorageKind) {
	if o, ok := parseObject(body); ok {
		if inner := o.object("error"); inner != nil {
			return storageText{code: inner.text("code", "reason"), message: inner.text("message")}, StorageGCS
		}
		return storageText{code: o.text("code", "reason"), message: o.text("message", "error")}, StorageImageKit
	}
	return parseStorageXML(body)
}

func parseStorageXML(body []byte) (storageText, StorageKind) {
	decoder := xml.NewDecoder(strings.NewReader(string(body)))
	decoder.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	for {
		token, err := decoder.Token()
		if err != nil {
			return storageText{}, ""
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if start.Name.Local != "Error" {
			return storageText{}, ""
		}
		var e struct {
			Code, Message, Details string
		}
		// A cut document still gives the elements before the cut.
		_ = decoder.DecodeElement(&e, &start)
		return storageText{strings.TrimSpace(e.Code), strings.TrimSpace(e.Message), strings.TrimSpace(e.Details)}, StorageGCS
	}
}

// judge reads an error: by a code that says it all, then by the few texts that storage documents without one, then by a code that
// leaves it open, then by status.
func judge(status int, t storageText) Verdict {
	if v, ok := codeVerdicts[t.code]; ok {
		return v
	}
	if v, ok := judgeText(t); ok && status < 500 {
		return v
	}
	if v, ok := vagueCodes[t.code]; ok {
		return v
	}
	switch {
	case status == http.StatusRequestEntityTooLarge:
		return VerdictTooLarge
	case status == http.StatusTooManyRequests:
		return VerdictThrottled
	case status >= 500, status == http.StatusRequestTimeout:
		return VerdictServer
	case status == http.StatusGone:
		return VerdictExpired
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return VerdictKey
	case status == http.StatusUnsupportedMediaType, status == http.StatusLengthRequired:
		return VerdictBadField
	}
	return VerdictUnknown
}

// codeVerdicts are the <Code>s a form upload can meet, of the XML dialect that Google Cloud Storage shares with Amazon S3 (Google's
// reference "HTTP status and error codes for XML", Amazon's "Error responses").
var codeVerdicts = map[string]Verdict{
	"EntityTooLarge":                      VerdictTooLarge,
	"MaxMessageLengthExceeded":            VerdictTooLarge,
	"MaxPostPreDataLengthExceeded":        VerdictBadField,
	"EntityTooSmall":                      VerdictBadField,
	"MalformedPOSTRequest":                VerdictBadField,
	"IncorrectNumberOfFilesInPostRequest": VerdictBadField,
	"MissingContentLength":                VerdictBadField,
	"InvalidBucketName":                   VerdictBadField,
	"KeyTooLong":                          VerdictBadField,
	"ExpiredToken":                        VerdictExpired,
	"RequestTimeTooSkewed":                VerdictExpired,
	"SignatureDoesNotMatch":               VerdictSignature,
	"InvalidSecurity":                     VerdictKey,
	"AccountProblem":                      VerdictKey,
	"UserProjectAccountProblem":           VerdictKey,
	"InvalidAccessKeyId":                  VerdictKey,
	"NoSuchBucket":                        VerdictKey,
	"SlowDown":                            VerdictThrottled,
	"InternalError":                       VerdictServer,
	"ServiceUnavailable":                  VerdictServer,
	"RequestTimeout":                      VerdictServer,
}

// vagueCodes are used for several causes that only the text tells apart.
var vagueCodes = map[string]Verdict{
	"InvalidArgument":       VerdictBadField,
	"InvalidPolicyDocument": VerdictBadField,
	"AccessDenied":          VerdictKey,
}

// textVerdicts are answers that have no code of their own. ImageKit sends a message and a help text only; Google and Amazon use
// InvalidPolicyDocument and AccessDenied for several causes and tell them apart in the message or <Details>. Phrases are compared in
// lower case, the first that occurs wins. "Quoted" means seen in an answer that a user of the service's SDKs made public; "guess"
// means that no published answer was found, and a miss only costs precision: the verdict is then unknown.
var textVerdicts = []struct {
	phrase  string
	verdict Verdict
}{
	{"has been used before", VerdictUsed},        // ImageKit, quoted: The token with value '…' has been used before.
	{"invalid expire parameter", VerdictExpired}, // ImageKit, quoted: Your request contains invalid expire parameter. …
	{"invalid signature", VerdictSignature},      // ImageKit, quoted: Your request contains invalid signature parameter.
	{"cannot be authenticated", VerdictKey},      // ImageKit, quoted: Your account cannot be authenticated.
	{"policy expired", VerdictExpired},           // Amazon, quoted: Invalid according to Policy: Policy expired.
	{"has expired", VerdictExpired},              // the dialect's text for ExpiredToken and for signed requests
	{"content-length-range", VerdictTooLarge},    // the policy condition that bounds the size; guess
	{"exceeds the maximum", VerdictTooLarge},     // the dialect's text for EntityTooLarge
	{"size limit", VerdictTooLarge},              // ImageKit, a file too large for the plan; guess
	{"file size exceeds", VerdictTooLarge},       // ImageKit, likewise; guess
	{"missing file", VerdictBadField},            // ImageKit's SDKs: Missing file / fileName parameter for upload
}

func judgeText(t storageText) (Verdict, bool) {
	text := strings.ToLower(t.message + " " + t.details)
	for _, row := range textVerdicts {
		if strings.Contains(text, row.phrase) {
			return row.verdict, true
		}
	}
	return "", false
}
