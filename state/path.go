package state

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Path is the bytes of a file's name below its root, parts separated by '/', without a leading one. Bytes, because Linux names are bytes:
// newlines, quotes and invalid UTF-8 are all real. For the root "" (paths named by hand outside every root) it is below "/".
type Path string

// Dir returns the directory part, "" for a file directly in the root.
func (p Path) Dir() string {
	if i := strings.LastIndexByte(string(p), '/'); i >= 0 {
		return string(p[:i])
	}
	return ""
}

// Base returns the last part.
func (p Path) Base() string {
	return string(p[strings.LastIndexByte(string(p), '/')+1:])
}

// Join returns the path of name in directory dir ("" is the root itself).
func Join(dir, name string) Path {
	if dir == "" {
		return Path(name)
	}
	return Path(dir + "/" + name)
}

// Text returns the reversible text form used alike in JSON, CSV and logs: UTF-8 stays as it is, every other byte becomes `\xNN`, and a backslash
// `\\`. [ParsePath] reverses it.
func (p Path) Text() string { return p.escape(func(rune) bool { return false }) }

// Shown is Text for a terminal: what would move a cursor, break a line or turn the direction of the text is `\xNN` too. [ParsePath] reverses it.
func (p Path) Shown() string { return p.escape(unprintable) }

func (p Path) escape(also func(rune) bool) string {
	s := string(p)
	if plain(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\\':
			b.WriteString(`\\`)
		case r == utf8.RuneError && n <= 1, also(r):
			for _, c := range []byte(s[i : i+n]) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

func unprintable(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)
}

// plain reports the common case: printable ASCII without a backslash.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c == '\\' || c >= 0x7f {
			return false
		}
	}
	return true
}

// ParsePath reads the text form that [Path.Text] writes. A backslash that starts neither `\\` nor `\xNN` is an error.
func ParsePath(text string) (Path, error) {
	if !strings.Contains(text, `\`) {
		return Path(text), nil
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			b.WriteByte(text[i])
			continue
		}
		switch rest := text[i+1:]; {
		case strings.HasPrefix(rest, `\`):
			b.WriteByte('\\')
			i++
		case len(rest) >= 3 && rest[0] == 'x' && nibble(rest[1]) >= 0 && nibble(rest[2]) >= 0:
			b.WriteByte(byte(nibble(rest[1])<<4 | nibble(rest[2])))
			i += 3
		default:
			return "", fmt.Errorf("path text %q: a backslash must start %q or %q", text, `\\`, `\xNN`)
		}
	}
	return Path(b.String()), nil
}

func nibble(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
