package config

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/florasync/florasync/uploader"
)

// bandwidth is a size, or a timetable of sizes.
func bandwidth[T any](key, doc string, at func(*T) *uploader.Bandwidth) setting[T] {
	return setting[T]{key: key, def: "0", doc: doc, sort: "size or timetable", get: func(t *T) any { return *at(t) },
		set: func(t *T, v value) *problem {
			s, p := v.one("a size or a timetable")
			if p != nil {
				return p
			}
			b, p := parseBandwidth(s)
			if p == nil {
				*at(t) = b
			}
			return p
		},
		reset: func(t *T) { *at(t) = nil }}
}

func parseBandwidth(text string) (uploader.Bandwidth, *problem) {
	if strings.Contains(text, ",") {
		return parseTimetable(text)
	}
	if strings.TrimSpace(text) == off {
		return nil, nil
	}
	n, p := parseSize(text)
	return uploader.Steady(n), p
}

const off = "off"

// parseTimetable reads rclone's form (rclone.org/docs, --bwlimit): turns of [DAY-]HH:MM,SIZE between blanks; without a day a turn is every day's. A size
// without a unit would be KiB to rclone and bytes everywhere else here, so it is refused.
func parseTimetable(text string) (uploader.Bandwidth, *problem) {
	var turns uploader.Bandwidth
	for _, word := range strings.Fields(text) {
		when, limit, ok := strings.Cut(word, ",")
		if !ok {
			return nil, problemf("%s has no size, as in 08:00,2M", quoted(word))
		}
		days, clock, p := parseDay(when)
		if p != nil {
			return nil, p
		}
		at, err := time.Parse("15:04", clock)
		if err != nil {
			return nil, problemf("%s is not a time of day such as 08:00", quoted(clock))
		}
		perSecond, p := parseTurnSize(limit)
		if p != nil {
			return nil, p
		}
		for _, day := range days {
			from := time.Duration(day)*24*time.Hour + time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
			turns = append(turns, uploader.Turn{From: from, PerSecond: perSecond})
		}
	}
	slices.SortStableFunc(turns, func(a, b uploader.Turn) int { return cmp.Compare(a.From, b.From) })
	for i := 1; i < len(turns); i++ {
		if turns[i].From == turns[i-1].From {
			return nil, problemf("two turns begin at the same time")
		}
	}
	return turns, nil
}

var everyDay = []time.Weekday{time.Sunday, time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday}

// parseDay takes the day off a turn's time: Mon-08:00.
func parseDay(when string) (days []time.Weekday, clock string, p *problem) {
	name, clock, ok := strings.Cut(when, "-")
	if !ok {
		return everyDay, when, nil
	}
	for _, d := range everyDay {
		if strings.EqualFold(name, d.String()[:3]) {
			return []time.Weekday{d}, clock, nil
		}
	}
	return nil, "", problemf("%s is not a day: Sun, Mon, Tue, Wed, Thu, Fri or Sat", quoted(name))
}

func parseTurnSize(text string) (int64, *problem) {
	if text == off {
		return 0, nil
	}
	for _, unit := range []string{"K", "M", "G", "T"} {
		if number, ok := strings.CutSuffix(strings.ToUpper(text), unit); ok && plainNumber(number) {
			text = number + unit + "iB"
		}
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil && n != 0 {
		return 0, problemf("%s has no unit", quoted(text)).or("did you mean " + text + "K or " + text + "B?")
	}
	return parseSize(text)
}
