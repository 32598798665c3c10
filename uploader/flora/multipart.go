package flora

import (
	"crypto/rand"
	"fmt"
	"strings"
)

// formFrame is what stands around the file in a multipart/form-data body (RFC 7578).
type formFrame struct {
	contentType string // of the request
	head, tail  []byte
}

// newFormFrame writes the fields verbatim, sorted by name, and then the head of the file part. The order is part of the protocol:
// Google Cloud Storage ignores whatever follows the file.
func newFormFrame(f *form, file File) formFrame {
	boundary := "florasync-" + rand.Text() + rand.Text() // 260 random bits: not in any file
	var head strings.Builder
	for _, name := range f.names {
		fmt.Fprintf(&head, "--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n", boundary, escapeParameter(name), f.fields[name])
	}
	fmt.Fprintf(&head, "--%s\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"%s\"\r\nContent-Type: %s\r\n\r\n",
		boundary, escapeParameter(f.fileField), escapeParameter(file.Name), file.ContentType)
	return formFrame{
		contentType: "multipart/form-data; boundary=" + boundary,
		head:        []byte(head.String()),
		tail:        []byte("\r\n--" + boundary + "--\r\n"),
	}
}

// escapeParameter escapes a name or file name as browsers do (WHATWG HTML, "multipart/form-data encoding algorithm", which RFC 7578
// section 4.2 leads to): UTF-8 as it is, the quote and line ends percent-encoded. Other control characters and bytes that are
// not UTF-8 are percent-encoded as well; no file name should need either.
func escapeParameter(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '"' || r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, "%%%02X", r)
		case r == '\uFFFD' && s[i] != 0xEF: // a byte that is not UTF-8
			fmt.Fprintf(&b, "%%%02X", s[i])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
