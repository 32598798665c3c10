package telemetry

import (
	"time"

	"github.com/rs/zerolog"
)

// writeJSON writes a line as one JSON object.
func writeJSON(z zerolog.Logger, l line) {
	e := z.Log().Str("time", stamp(l.at)).Str("level", l.level.String()).Str("event", string(l.event)).Str("message", sentenceOf[l.event].Message)
	for _, f := range l.fields() {
		if f.text != "" {
			e.Str(f.name, f.text)
		} else {
			e.Int64(f.name, f.number)
		}
	}
	if len(l.counts) > 0 {
		d := zerolog.Dict()
		for _, c := range sorted(l.counts) {
			d.Int64(c.name, c.n)
		}
		e.Dict("counts", d)
	}
	e.Send()
}

// timeOf is the time as a terminal shows it.
func timeOf(t time.Time) string { return t.Local().Format("15:04:05") }
