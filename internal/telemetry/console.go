package telemetry

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/florasync/florasync/state"
)

// sentence tells a line in words: what, what happened to it, and what belongs to that.
func sentence(l line) string {
	s := sentenceOf[l.event]
	subject := subjectOf(l)
	text := s.Message
	if text == "" {
		text = string(l.event)
	}
	switch {
	case l.event == state.DaemonProgress:
		return progressText(l)
	case l.event == state.FileNotTaken && len(l.counts) > 0:
		return strings.TrimSpace(subject + " not taken: " + countsText(l.counts))
	case subject != "" && s.Verb != "":
		text = subject + " " + s.Verb
	case subject != "":
		text = subject + ": " + text
	}
	return text + detail(l)
}

func subjectOf(l line) string {
	switch {
	case l.path != "" && l.root != "":
		return state.Path(l.root).Shown() + "/" + l.path.Shown()
	case l.path != "":
		return "/" + l.path.Shown()
	case l.source != "":
		return printable(l.source)
	}
	return printable(l.root)
}

// detail is what stands behind the fact: the reason, the cause, the cure.
func detail(l line) string {
	var b strings.Builder
	switch l.event {
	case state.AssetReady, state.AssetAdopted:
		b.WriteString(prefixed(": ", l.url))
	case state.FileMoved:
		b.WriteString(prefixed(" to ", l.movedTo))
	case state.RootQuiet, state.ScanFinished, state.WatchMissed:
		b.WriteString(quantity(l))
	}
	if l.err == "" {
		b.WriteString(prefixed(": ", l.reason))
	}
	b.WriteString(prefixed(": ", l.err))
	if l.level >= Warn || l.event == state.AssetRetry {
		b.WriteString(until(l))
	}
	b.WriteString(prefixed("; ", l.hint))
	if l.level == Error {
		b.WriteString(bracketed(l.request))
	}
	return printable(b.String())
}

func prefixed(before, s string) string {
	if s == "" {
		return ""
	}
	return before + s
}

func bracketed(request string) string {
	if request == "" {
		return ""
	}
	return " (" + request + ")"
}

func quantity(l line) string {
	s := ""
	if l.n > 0 {
		s = ": " + grouped(l.n) + " files"
	}
	if l.took > 0 {
		s += " in " + l.took.Round(time.Millisecond).String()
	}
	return s
}

func until(l line) string {
	if d := l.until.Sub(l.at); !l.until.IsZero() && d > 0 {
		return ", again in " + d.Round(100*time.Millisecond).String()
	}
	return ""
}

type count struct {
	name string
	n    int64
}

// sorted returns counts, the largest first, then by name.
func sorted(counts map[string]int64) []count {
	list := make([]count, 0, len(counts))
	for name, n := range counts {
		list = append(list, count{name, n})
	}
	slices.SortFunc(list, func(a, b count) int {
		if a.n != b.n {
			if a.n > b.n {
				return -1
			}
			return 1
		}
		return strings.Compare(a.name, b.name)
	})
	return list
}

// countsN bounds how many extensions one sentence names.
const countsN = 8

// countsText is "1,000 .cr3, 1,000 .xmp".
func countsText(counts map[string]int64) string {
	list := sorted(counts)
	var parts []string
	var rest int64
	for i, c := range list {
		if i >= countsN {
			rest += c.n
			continue
		}
		name := c.name
		if name == "" {
			name = "without extension"
		}
		parts = append(parts, grouped(c.n)+" "+printable(name))
	}
	if rest > 0 {
		parts = append(parts, grouped(rest)+" others")
	}
	return strings.Join(parts, ", ")
}

// grouped writes a number with commas: 1,234,567.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// bytesText writes a size as people read it: 1.2 GB.
func bytesText(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	v, unit := float64(n), ""
	for _, u := range []string{"kB", "MB", "GB", "TB", "PB"} {
		if v /= 1000; v < 999.95 {
			unit = u
			break
		}
	}
	if unit == "" {
		unit = "EB"
		v /= 1000
	}
	return fmt.Sprintf("%.1f %s", v, unit)
}
