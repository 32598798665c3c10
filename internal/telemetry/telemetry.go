package telemetry

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/coreos/go-systemd/v22/journal"
	"github.com/florasync/florasync/state"
	"github.com/rs/zerolog"
)

// Options of a Telemetry. The zero value logs JSON at info to nowhere.
type Options struct {
	Level      Level     // the least that is written
	Format     string    // auto json console journald; "" is auto
	Out        io.Writer // stderr; nil: nothing is written
	IsTerminal bool      // Out is one: auto means console, in colour
	IsJournal  bool      // Out goes to the journal: auto means journald, and lines are handed over with their fields; see OnJournal
	Journal    Send      // nil: journal.Send
	NoColor    bool      // NO_COLOR is set (no-color.org)
}

// Telemetry implements state.Observer. It is safe for concurrent use; its methods wait for nothing but the write.
type Telemetry struct {
	level atomic.Int32
	write func(line)
	sent  atomic.Int64 // bytes that reached the storage in this life
}

var _ state.Observer = (*Telemetry)(nil)

// New returns a Telemetry. It fails for a format that is not one.
func New(o Options) (*Telemetry, error) {
	if o.Out == nil {
		o.Out = io.Discard
	}
	if o.Journal == nil {
		o.Journal = journal.Send
	}
	out := zerolog.SyncWriter(o.Out) // one Write a line, one at a time
	t := &Telemetry{}
	t.SetLevel(o.Level)
	switch formatOf(o) {
	case "json":
		z := zerolog.New(out)
		t.write = func(l line) { writeJSON(z, l) }
	case "console":
		color := o.IsTerminal && !o.NoColor
		t.write = func(l line) { writeConsole(out, l, color) }
	case "journald":
		t.write = func(l line) {
			// Out of its stream nothing is known of a journal; one that takes nothing now still reads what stands on standard error.
			if !o.IsJournal || sendJournal(o.Journal, l) != nil {
				writeJournal(out, l)
			}
		}
	default:
		return nil, fmt.Errorf("log format %q is not auto, json, console or journald", o.Format)
	}
	return t, nil
}

func formatOf(o Options) string {
	switch {
	case o.Format != "auto" && o.Format != "":
		return o.Format
	case o.IsTerminal:
		return "console"
	case o.IsJournal:
		return "journald"
	}
	return "json"
}

// SetLevel changes the least level that is written, from now on.
func (t *Telemetry) SetLevel(l Level) { t.level.Store(int32(l)) }

// Level returns the least level that is written.
func (t *Telemetry) Level() Level { return Level(t.level.Load()) }

// Sent returns how many bytes reached the storage in this life.
func (t *Telemetry) Sent() int64 { return t.sent.Load() }

// Applied writes a transition.
func (t *Telemetry) Applied(a state.Applied) {
	if a.Change.Outcome.Kind() == state.KindSent {
		t.sent.Add(a.After.Sent)
	}
	if _, level := EventOf(a); level >= t.Level() {
		t.write(lineOf(a, time.Now()))
	}
}

// Noticed writes a notice.
func (t *Telemetry) Noticed(n state.Notice) {
	if l := lineOfNotice(n, time.Now()); l.level >= t.Level() {
		t.write(l)
	}
}

// colors of levels, as SGR codes (ECMA-48): dim, none, yellow, red.
var colors = [...]string{Debug: "\x1b[2m", Info: "", Warn: "\x1b[33m", Error: "\x1b[31m"}

func writeConsole(out io.Writer, l line, color bool) {
	text := sentence(l)
	if l.level >= Warn {
		text = l.level.String() + ": " + text
	}
	if c := colors[l.level]; color && c != "" {
		text = c + text + "\x1b[0m"
	}
	// A log that cannot be written has nobody to be told to.
	_, _ = io.WriteString(out, timeOf(l.at)+" "+text+"\n")
}
