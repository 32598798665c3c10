package config

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/florasync/florasync/state"
)

// errorsN bounds how many errors are told at once: a file that is not a configuration at all would scroll everything away.
const errorsN = 20

// Error is one thing wrong with the configuration.
type Error struct {
	File         string // as named to the operator; "" when it does not come from a file
	Line, Column int    // from 1; 0 when it does not come from a file
	Source       string // "--concurrency" or "FLORASYNC_UPLOAD_CONCURRENCY" when it comes from there
	Key          string // "watch[0].after"; "" for the file as a whole
	Message      string // without the key
	Hint         string // the cure: "did you mean move?", or ""
}

// Error returns one line: where, which key, what, and the cure.
func (e *Error) Error() string {
	var b strings.Builder
	switch {
	case e.Source != "":
		b.WriteString(e.Source + ": ")
	case e.Line > 0:
		fmt.Fprintf(&b, "%s:%d:%d: ", e.File, e.Line, e.Column)
	case e.File != "":
		b.WriteString(e.File + ": ")
	}
	if e.Key != "" && e.Source == "" {
		b.WriteString(e.Key + ": ")
	}
	b.WriteString(e.Message)
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// Errors are all the things wrong with the configuration, in the order of the file.
type Errors []*Error

// Error returns one line an error, at most errorsN of them.
func (e Errors) Error() string {
	lines := make([]string, 0, len(e))
	for i, err := range e {
		if i == errorsN {
			lines = append(lines, fmt.Sprintf("and %d more", len(e)-i))
			break
		}
		lines = append(lines, err.Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.As find an [*Error].
func (e Errors) Unwrap() []error {
	list := make([]error, len(e))
	for i, err := range e {
		list[i] = err
	}
	return list
}

// orNil sorts the errors as the file has them, the others behind, and is nil when there are none.
func (e Errors) orNil() error {
	if len(e) == 0 {
		return nil
	}
	slices.SortStableFunc(e, func(a, b *Error) int {
		if (a.Line > 0) != (b.Line > 0) {
			return b.Line - a.Line
		}
		return cmp.Or(a.Line-b.Line, a.Column-b.Column)
	})
	return e
}

// problem is what a setting says of a value: the message behind its key, and the cure.
type problem struct{ message, hint string }

func problemf(format string, args ...any) *problem {
	return &problem{message: fmt.Sprintf(format, args...)}
}

func (p *problem) or(hint string) *problem {
	p.hint = hint
	return p
}

// secret finds FLORA's API keys, as they are documented and as the sandbox takes them.
var secret = regexp.MustCompile(`(?i)\bsk_[a-z0-9_-]+`)

// shownN bounds how much of a wrong value is repeated, in runes.
const shownN = 80

// quoted shows a value in an error: never a key, never the secret parts of a URL, not too long. What is left out is its middle: two paths that are named in one
// sentence differ at their ends.
func quoted(text string) string {
	if strings.Contains(text, "://") {
		text = state.ShownURL(text)
	}
	text = secret.ReplaceAllString(text, "sk_…")
	if r := []rune(text); len(r) > shownN {
		text = string(r[:shownN/2]) + "…" + string(r[len(r)-shownN/2:])
	}
	return fmt.Sprintf("%q", text)
}
