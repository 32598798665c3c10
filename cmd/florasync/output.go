package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/state"
	"golang.org/x/term"
)

// progress prints how the inputs of an upload stand, when that changes.
type progress struct {
	out  io.Writer
	last string
	at   time.Time
}

// show prints a line and reports whether all items are final.
func (p *progress) show(items []control.Item) (final bool) {
	n := map[string]int{}
	left := 0
	for _, it := range items {
		n[it.State]++
		if !it.Final() {
			left++
		}
	}
	line := fmt.Sprintf("%d of %d ready, %d uploading, %d waiting, %d failed", n["ready"], len(items), n["active"], n["waiting"], n["failed"]+n["skipped"])
	terminal := false
	if f, ok := p.out.(*os.File); ok {
		terminal = term.IsTerminal(int(f.Fd()))
	}
	switch now := time.Now(); {
	case line == p.last:
	case terminal:
		fmt.Fprintf(p.out, "\r\x1b[K%s", line)
		p.last = line
	case left == 0 || now.Sub(p.at) > 5*time.Second:
		fmt.Fprintln(p.out, line)
		p.last, p.at = line, now
	}
	if left == 0 && terminal && p.last != "" {
		fmt.Fprintln(p.out)
	}
	return left == 0
}

// shownPath is an item's path for people: with its root, and nothing that could move a cursor.
func shownPath(it control.Item) string {
	path := shown(it.Path)
	if it.Root == "" {
		return path
	}
	return shown(it.Root) + ":" + path
}

// shown makes a path in its text form harmless for a terminal.
func shown(text string) string {
	p, err := state.ParsePath(text)
	if err != nil {
		p = state.Path(text)
	}
	return p.Shown()
}

// harmless makes a sentence safe for a terminal, line by line: bytes that could move a cursor or turn the text become \xNN. Backslashes stay as they are.
func harmless(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		_, n := utf8.DecodeRuneInString(text[i:])
		if c := text[i : i+n]; c == "\n" || c == `\` {
			b.WriteString(c)
		} else {
			b.WriteString(state.Path(c).Shown())
		}
		i += n
	}
	return b.String()
}

// cell is a harmless sentence on one line.
func cell(text string) string { return strings.ReplaceAll(harmless(text), "\n", "; ") }

// say prints a line.
func say(format string, args ...any) error {
	_, err := fmt.Fprintf(os.Stdout, format+"\n", args...)
	return err
}

// printJSON prints one value as one line.
func printJSON(v any) error {
	line, err := control.Line(v)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(line)
	return err
}

// ago says how long ago a moment was, roughly.
func ago(t control.Time) string {
	if t.IsZero() {
		return "never"
	}
	d := time.Since(t.Time)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s ago", max(0, int(d.Seconds())))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	}
	return fmt.Sprintf("%d days ago", int(d.Hours()/24))
}

// bytesText writes a size for people, in the units of storage makers.
func bytesText(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	v, i := float64(n), 0
	for v >= 1000 && i < len(units)-1 {
		v, i = v/1000, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return strings.Replace(fmt.Sprintf("%.1f %s", v, units[i]), ".0 ", " ", 1)
}

// remembering remembers the first error of a writer.
type remembering struct {
	w   io.Writer
	err error
}

func (r *remembering) Write(p []byte) (int, error) {
	n, err := r.w.Write(p)
	if r.err == nil {
		r.err = err
	}
	return n, err
}
