package telemetry

import (
	"time"

	"github.com/rs/zerolog"
)

// timeFormat is RFC 3339 with milliseconds, in UTC.
const timeFormat = "2006-01-02T15:04:05.000Z07:00"

// writeJSON writes a line as one JSON object: the contract's fields first and in its order, of which those that do not apply are left out.
func writeJSON(z zerolog.Logger, l line) {
	e := z.Log().Str("time", l.at.UTC().Format(timeFormat)).Str("level", l.level.String()).Str("event", string(l.event)).
		Str("message", sentenceOf[l.event].Message)
	text := func(name, v string) {
		if v != "" {
			e.Str(name, v)
		}
	}
	number := func(name string, v int64) {
		if v != 0 {
			e.Int64(name, v)
		}
	}
	text("root", l.root)
	if l.path != "" && l.root == "" { // named by hand: absolute, as items have it
		l.path = "/" + l.path
	}
	text("path", l.path.Text())
	if l.item != 0 {
		text("item", l.item.String())
	}
	text("phase", l.phase)
	number("attempt", int64(l.attempt))
	text("asset_id", l.asset)
	text("url", l.url)
	number("bytes", l.bytes)
	if l.took > 0 {
		e.Int64("duration_ms", l.took.Milliseconds())
	}
	text("class", l.class)
	text("reason", l.reason)
	text("error", l.err)
	text("hint", l.hint)
	text("request_id", l.request)
	text("source_url", l.source)
	text("moved_to", l.movedTo)
	number("count", l.n)
	if len(l.counts) > 0 {
		d := zerolog.Dict()
		for _, c := range sorted(l.counts) {
			d.Int64(c.name, c.n)
		}
		e.Dict("counts", d)
	}
	if !l.until.IsZero() {
		e.Str("until", l.until.UTC().Format(timeFormat))
	}
	e.Send()
}

// timeOf is the time as a terminal shows it.
func timeOf(t time.Time) string { return t.Local().Format("15:04:05") }
