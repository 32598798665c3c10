package config

import (
	"strings"
	"testing"
	"time"
)

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "1": 1, "500000": 500000, "20MB": 20e6, "20MiB": 20 << 20, "1.5 GB": 15e8, "1kB": 1000, "1KB": 1000,
		"2KiB": 2048, "3TiB": 3 << 40, "7B": 7, "0MB": 0, "9223372036854775807": 1<<63 - 1} {
		if got, p := parseSize(text); p != nil || got != want {
			t.Errorf("%s: got %d, %v, want %d", text, got, p, want)
		}
	}
	for _, text := range []string{"", "MB", "1e3", "0x10", "inf", "nanMB", "1_000", "-5MB", "9223372036854775808", "1.2.3", "20M"} {
		if got, p := parseSize(text); p == nil {
			t.Errorf("%s: got %d, want an error", text, got)
		}
	}
}

func TestParseDuration(t *testing.T) {
	day := 24 * time.Hour
	for text, want := range map[string]time.Duration{"0": 0, "0s": 0, "300ms": 300 * time.Millisecond, "1h30m": 90 * time.Minute, "1d": day, "1.5d": 36 * time.Hour,
		"1d12h": 36 * time.Hour, "365d": 365 * day} {
		if got, p := parseDuration(text); p != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", text, got, p, want)
		}
	}
	for _, text := range []string{"", "5", "d", "-1d", "1d-2h", "1d5", "1w", "106752d", "1e3d", "infd", "-1s"} {
		if got, p := parseDuration(text); p == nil {
			t.Errorf("%s: got %v, want an error", text, got)
		}
	}
}

func TestShowDurationIsReadBack(t *testing.T) {
	for want, d := range map[string]time.Duration{"0": 0, "30s": 30 * time.Second, "10m": 10 * time.Minute, "1m": time.Minute, "2h": 2 * time.Hour,
		"1h0m5s": time.Hour + 5*time.Second, "10m5s": 605 * time.Second} {
		if got := showDuration(d); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
		if back, p := parseDuration(showDuration(d)); p != nil || back != d {
			t.Errorf("%v: read back as %v", d, back)
		}
	}
}

func TestDidYouMean(t *testing.T) {
	words := []string{"keep", "move", "delete"}
	for word, want := range map[string]string{"mvoe": "did you mean move?", "delte": "did you mean delete?", "kep": "did you mean keep?", "archive": "", "": ""} {
		if got := didYouMean(word, words); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}

func TestQuotedShowsNoSecret(t *testing.T) {
	for text, want := range map[string]string{"sk_live_abc": `"sk_…"`, "https://u:p@h/x?sig=1": `"https://h/x"`, "a\nb": `"a\nb"`} {
		if got := quoted(text); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestQuotedShowsBothEnds: a path and one below it, named in one sentence, look the same when their ends are cut off.
func TestQuotedShowsBothEnds(t *testing.T) {
	long := "/srv/" + strings.Repeat("é", shownN)
	inner := long + "/inner"
	for text, want := range map[string]string{
		long:                        `"/srv/` + strings.Repeat("é", 35) + "…" + strings.Repeat("é", 40) + `"`,
		inner:                       `"/srv/` + strings.Repeat("é", 35) + "…" + strings.Repeat("é", 34) + `/inner"`,
		strings.Repeat("a", shownN): `"` + strings.Repeat("a", shownN) + `"`,
	} {
		if got := quoted(text); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
