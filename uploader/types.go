package uploader

import (
	"errors"
	"io"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"
	"golang.org/x/text/unicode/norm"
)

// taken are the media types FLORA takes, by what the content says, with the word to send (facts, POST /assets: allowed types).
var taken = map[string]string{
	"image/jpeg": "image/jpeg", "image/png": "image/png", "image/vnd.mozilla.apng": "image/png", "image/webp": "image/webp", "image/gif": "image/gif",
	"image/avif": "image/avif", "image/heic": "image/heic", "image/heic-sequence": "image/heic", "image/heif": "image/heif",
	"image/heif-sequence": "image/heif", "video/mp4": "video/mp4", "video/x-m4v": "video/mp4", "video/webm": "video/webm", "video/quicktime": "video/quicktime",
	"audio/mpeg": "audio/mpeg", "audio/wav": "audio/wav", "audio/ogg": "audio/ogg", "application/ogg": "audio/ogg", "application/pdf": "application/pdf",
}

// byExtension are the types of the extensions FLORA takes, for content without magic of its own.
var byExtension = map[string]string{
	".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".gif": "image/gif", ".avif": "image/avif",
	".heic": "image/heic", ".heif": "image/heif", ".mp4": "video/mp4", ".webm": "video/webm", ".mov": "video/quicktime", ".mp3": "audio/mpeg",
	".wav": "audio/wav", ".ogg": "audio/ogg", ".pdf": "application/pdf",
}

// sniff returns the type to send for the content. Magic of a type FLORA takes decides; no magic (unknown bytes, text, nothing) and an extension that
// FLORA takes gives the extension's type; anything else is not taken, and kind says what it is.
func sniff(content io.Reader, name string) (kind string, ok bool, err error) {
	head := make([]byte, headN)
	n, err := io.ReadFull(content, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return "", false, err
	}
	found := mimetype.Detect(head[:n])
	for m := found; m != nil; m = m.Parent() {
		if word := taken[base(m.String())]; word != "" {
			return word, true, nil
		}
	}
	said := byExtension[strings.ToLower(path.Ext(name))]
	if said != "" && (found.Is("application/octet-stream") || strings.HasPrefix(found.String(), "text/plain")) {
		return said, true, nil
	}
	return base(found.String()), false, nil
}

// headN is how much of the content is looked at, in bytes: mimetype's own default.
const headN = 3072

func base(mediaType string) string {
	before, _, _ := strings.Cut(mediaType, ";")
	return strings.TrimSpace(before)
}

// sentName returns the file name to send: valid UTF-8 in composed form (NFC), without control characters or separators, at most 255 bytes.
func sentName(name string) string {
	name = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || unicode.Is(unicode.Cf, c) || c == '/' || c == utf8.RuneError {
			return '_'
		}
		return c
	}, name)
	name = composed(name)
	const most = 255
	if len(name) <= most {
		return name
	}
	ext := path.Ext(name)
	if len(ext) > 16 {
		ext = ""
	}
	stem := name[:most-len(ext)]
	for !utf8.ValidString(stem) {
		stem = stem[:len(stem)-1]
	}
	return stem + ext
}

func composed(s string) string { return norm.NFC.String(s) }
