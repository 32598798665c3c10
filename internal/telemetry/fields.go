package telemetry

import (
	"strconv"
	"time"
)

// field is one of a line's: a text, or a number.
type field struct {
	name   string
	text   string
	number int64 // when text is ""
}

func (f field) value() string {
	if f.text != "" {
		return f.text
	}
	return strconv.FormatInt(f.number, 10)
}

// fields are a line's beside time, level, event and message: the contract's first and in its order, of which those that do not apply are left out.
func (l line) fields() []field {
	all := make([]field, 0, 16)
	text := func(name, v string) {
		if v != "" {
			all = append(all, field{name: name, text: v})
		}
	}
	number := func(name string, v int64) {
		if v != 0 {
			all = append(all, field{name: name, number: v})
		}
	}
	path := l.path
	if path != "" && l.root == "" { // named by hand: absolute, as items have it
		path = "/" + path
	}
	text("root", l.root)
	text("path", path.Text())
	if l.item != 0 {
		text("item", l.item.String())
	}
	text("phase", l.phase)
	number("attempt", int64(l.attempt))
	text("asset_id", l.asset)
	text("url", l.url)
	number("bytes", l.bytes)
	if l.took > 0 {
		all = append(all, field{name: "duration_ms", number: l.took.Milliseconds()})
	}
	text("class", l.class)
	text("reason", l.reason)
	text("error", l.err)
	text("hint", l.hint)
	text("request_id", l.request)
	text("source_url", l.source)
	text("moved_to", l.movedTo)
	number("count", l.n)
	if !l.until.IsZero() {
		text("until", stamp(l.until))
	}
	return all
}

// timeFormat is RFC 3339 with milliseconds, in UTC.
const timeFormat = "2006-01-02T15:04:05.000Z07:00"

func stamp(t time.Time) string { return t.UTC().Format(timeFormat) }
