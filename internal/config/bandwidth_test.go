package config

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/florasync/florasync/uploader"
)

func TestBandwidthIsASizeOrATimetable(t *testing.T) {
	const day = 24 * time.Hour
	daily := func(turns ...uploader.Turn) (all uploader.Bandwidth) {
		for d := range 7 {
			for _, turn := range turns {
				all = append(all, uploader.Turn{From: turn.From + time.Duration(d)*day, PerSecond: turn.PerSecond})
			}
		}
		return all
	}
	for text, want := range map[string]uploader.Bandwidth{
		"0":                            nil,
		"off":                          nil,
		"20MiB":                        {{PerSecond: 20 << 20}},
		"08:00,2M 19:00,off":           daily(uploader.Turn{From: 8 * time.Hour, PerSecond: 2 << 20}, uploader.Turn{From: 19 * time.Hour}),
		"19:00,off  08:00,1.5m":        daily(uploader.Turn{From: 8 * time.Hour, PerSecond: 3 << 19}, uploader.Turn{From: 19 * time.Hour}),
		"Mon-08:00,512k sat-00:30,1MB": {{From: day + 8*time.Hour, PerSecond: 512 << 10}, {From: 6*day + 30*time.Minute, PerSecond: 1e6}},
	} {
		if got, p := parseBandwidth(text); p != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %v, %v, want %v", text, got, p, want)
		}
	}
	for text, want := range map[string]string{
		"20M":                   "did you mean 20MiB?",
		"08:00,2M 19:00":        `"19:00" has no size`,
		"8,2M":                  `"8" is not a time of day`,
		"25:00,2M":              `"25:00" is not a time of day`,
		"Mo-08:00,2M":           `"Mo" is not a day`,
		"08:00,512":             "did you mean 512K or 512B?",
		"08:00,fast":            `"fast" is not a size`,
		"08:00,-2M":             "is negative",
		"08:00,2M 08:00,3M":     "two turns begin at the same time",
		"08:00,2M Mon-08:00,3M": "two turns begin at the same time",
	} {
		if got, p := parseBandwidth(text); p == nil || !strings.Contains(p.message+" "+p.hint, want) {
			t.Errorf("%s: got %v, %v, want an error with %q", text, got, p, want)
		}
	}
}
