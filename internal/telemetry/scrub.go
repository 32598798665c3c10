package telemetry

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/florasync/florasync/state"
)

// The shapes of secrets in texts that others wrote. Who makes an error scrubs it; this is the last line of defence, so it rather cuts too much.
var (
	urls    = regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*://[^\s"'<>\x60]+`)
	users   = regexp.MustCompile(`[^\s/:@"'<>]+:[^\s/@"'<>]+@`)
	keys    = regexp.MustCompile(`(?i)\bsk_[a-z0-9_-]+`)
	bearers = regexp.MustCompile(`(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]+`)
	fields  = regexp.MustCompile(`(?i)\b(x-goog-[a-z]+|signature|token|api[_-]?key|password|secret)(["']?\s*[=:]\s*["']?)[^\s"'&,;]+`)
)

// scrub takes secrets out of a text: queries and user parts of URLs, API keys, bearer tokens, signed form fields. It reads them also where bytes are
// broken, and leaves one line.
func scrub(text string) string {
	if text == "" {
		return ""
	}
	text = urls.ReplaceAllStringFunc(text, shownURL)
	text = users.ReplaceAllString(text, "…@")
	text = bearers.ReplaceAllString(text, "$1 …")
	text = fields.ReplaceAllString(text, "$1$2…")
	return keys.ReplaceAllString(text, "sk_…")
}

func shownURL(raw string) string {
	body := strings.TrimRight(raw, ".,;:)]}")
	if strings.ContainsAny(body, "?#@") {
		return state.ShownURL(body)
	}
	return raw
}

// printable makes a text safe for a terminal: what would break a line, move a cursor or turn the direction of the text becomes \xNN; line breaks
// become "; ".
func printable(text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
	if !strings.ContainsFunc(text, hostile) && utf8.ValidString(text) {
		return text
	}
	const digits = "0123456789abcdef"
	var b strings.Builder
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if hostile(r) || r == utf8.RuneError && n == 1 {
			for _, c := range []byte(text[i : i+n]) {
				b.WriteString(`\x` + string(digits[c>>4]) + string(digits[c&15]))
			}
		} else {
			b.WriteString(text[i : i+n])
		}
		i += n
	}
	return b.String()
}

func hostile(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)
}
