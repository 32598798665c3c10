package flora

import (
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	redacted        = "[redacted]"
	maxMessageBytes = 500
	// minSecretBytes keeps everyday words such as "file" or "true" in messages; no signature is that short.
	minSecretBytes = 7
)

var (
	urlPattern    = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.\-]*)://([^\s"'<>]*)`)
	bearerPattern = regexp.MustCompile(`(?i)\b(bearer|basic)\s+[^\s"',;]+`)
	// userPattern finds "user:password@", also where no scheme stands before it, as in a proxy setting.
	userPattern = regexp.MustCompile(`[^\s"'<>/@:]+:[^\s"'<>/@]*@`)
	keyPattern  = regexp.MustCompile(`\bsk_[A-Za-z]+_[A-Za-z0-9_\-]+`)
)

// redactor takes secrets out of texts that came from outside: servers echo what they were sent. Most answers hold nothing but an id to look at, so
// what the secrets look like in texts is found out when one needs it.
type redactor struct{ values func() []string }

func newRedactor(values ...string) redactor {
	return redactor{func() []string { return values }}
}

// secrets are the values as texts may spell them.
func (r redactor) secrets() []string {
	var secrets []string
	for _, v := range r.values() {
		if len(v) < minSecretBytes {
			continue
		}
		quoted, _ := json.Marshal(v)
		secrets = append(secrets, v, url.QueryEscape(v), url.PathEscape(v), html.EscapeString(v), string(quoted[1:len(quoted)-1]))
	}
	slices.Sort(secrets)
	secrets = slices.Compact(secrets)
	// Longest first, so that a secret within a longer one does not leave the rest of it standing.
	slices.SortStableFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	return secrets
}

// text is s without secrets, on one line, of at most maxMessageBytes.
func (r redactor) text(s string) string {
	if r.innocent(s) {
		return s
	}
	return r.search(s)
}

// search is text for a text that may hold anything.
func (r redactor) search(s string) string {
	secrets := r.secrets()
	s = trimCutSecret(strip(s, secrets), secrets)
	s = urlPattern.ReplaceAllStringFunc(s, redactURL)
	s = bearerPattern.ReplaceAllString(s, "$1 "+redacted)
	s = userPattern.ReplaceAllString(s, redacted+"@")
	s = keyPattern.ReplaceAllString(s, redacted)
	return harmless(s, maxMessageBytes)
}

// innocent tells that s is one short word in which nothing is to be redacted, as ids are. No escaping spells a secret in other letters than its own
// without some character that no such word has: so the values as they are suffice.
func (r redactor) innocent(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	if len(s) > maxMessageBytes || strings.Contains(s, "sk_") {
		return false
	}
	for _, v := range r.values() {
		if len(v) >= minSecretBytes && (strings.Contains(s, v) || cutSecret(s, v) > 0) {
			return false
		}
	}
	return true
}

// strip replaces the secrets and nothing else.
func (r redactor) strip(s string) string { return strip(s, r.secrets()) }

func strip(s string, secrets []string) string {
	for _, secret := range secrets {
		s = strings.ReplaceAll(s, secret, redacted)
	}
	return s
}

// trimCutSecret drops the beginning of a secret at the very end of s, where a size bound may have cut it.
func trimCutSecret(s string, secrets []string) string {
	for _, secret := range secrets {
		if n := cutSecret(s, secret); n > 0 {
			return s[:len(s)-n] + redacted
		}
	}
	return s
}

// cutSecret is how many bytes at the end of s are the beginning of a secret; 0 when there are fewer than a secret has.
func cutSecret(s, secret string) int {
	for n := min(len(secret)-1, len(s)); n >= minSecretBytes; n-- {
		if strings.HasSuffix(s, secret[:n]) {
			return n
		}
	}
	return 0
}

// redactURL keeps the scheme and host of a URL.
func redactURL(s string) string {
	scheme, rest, _ := strings.Cut(s, "://")
	authority := rest
	if i := strings.IndexAny(rest, "/?#\\"); i >= 0 {
		authority = rest[:i]
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		authority = authority[i+1:]
	}
	return scheme + "://" + authority
}

// harmless makes s valid UTF-8 on one line without control, format or line-separator characters, at most limit bytes long.
func harmless(s string, limit int) string {
	var b strings.Builder
	space := false
	for _, r := range s {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
			space = true
			continue
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
		if b.Len() > limit {
			return cut(b.String(), limit)
		}
	}
	return b.String()
}

// cut shortens s to at most limit bytes, at a rune boundary, and marks it.
func cut(s string, limit int) string {
	const mark = "…"
	if len(s) <= limit {
		return s
	}
	n := limit - len(mark)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + mark
}
