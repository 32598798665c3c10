package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// value is what was written for a key, in a file, the environment or a flag.
type value struct {
	text string
	list []value // when isList
	kind kind
	at   place
}

type kind uint8

const (
	scalar kind = iota
	isList
	isMap
	isNull
)

// one returns the text of a scalar; what says what was expected.
func (v value) one(what string) (string, *problem) {
	switch v.kind {
	case isList:
		return "", problemf("is a list, not %s", what)
	case isMap:
		return "", problemf("holds keys, not %s", what)
	case isNull:
		return "", problemf("has no value").or("write one, or remove the line")
	}
	return v.text, nil
}

// units of sizes: IEC and SI. Nobody means bits.
var units = []struct {
	name  string
	bytes float64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1},
}

// parseSize reads a number of bytes, or a number with a unit: 20MiB, 1.5 GB.
func parseSize(text string) (int64, *problem) {
	number, factor := strings.TrimSpace(text), 1.0
	for _, u := range units {
		if rest, ok := strings.CutSuffix(number, u.name); ok {
			number, factor = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	if n, err := strconv.ParseInt(number, 10, 64); err == nil && factor == 1 {
		return notNegative(n, text)
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil || !plainNumber(number) {
		return 0, problemf("%s is not a size such as 500000, 20MB or 20MiB", quoted(text)).or(sizeHint(text))
	}
	if f *= factor; f >= math.MaxInt64 {
		return 0, problemf("%s is too large", quoted(text))
	}
	return notNegative(int64(f), text)
}

func notNegative(n int64, text string) (int64, *problem) {
	if n < 0 {
		return 0, problemf("%s is negative", quoted(text))
	}
	return n, nil
}

// sizeHint guesses what 20M, 20mb or 20 mib mean.
func sizeHint(text string) string {
	t := strings.TrimSpace(text)
	i := len(t) - len(strings.TrimLeft(t, "0123456789."))
	if i == 0 {
		return ""
	}
	switch unit := strings.ToLower(strings.TrimSpace(t[i:])); unit {
	case "k", "m", "g", "t", "ki", "mi", "gi", "ti":
		return fmt.Sprintf("did you mean %s%siB?", t[:i], strings.ToUpper(unit[:1]))
	default:
		for _, u := range units {
			if strings.EqualFold(unit, u.name) {
				return fmt.Sprintf("did you mean %s%s?", t[:i], u.name)
			}
		}
	}
	return ""
}

// plainNumber refuses what ParseFloat takes besides: inf, nan, exponents, hexadecimal, underscores.
func plainNumber(s string) bool {
	return s != "" && strings.Trim(s, "+-0123456789.") == ""
}

// parseDuration reads a Go duration with d for days of 24 hours besides: 300ms, 1h30m, 2d, 1d12h. Zero may be bare.
func parseDuration(text string) (time.Duration, *problem) {
	t := strings.TrimSpace(text)
	if t == "0" {
		return 0, nil
	}
	if plainNumber(t) {
		return 0, problemf("%s has no unit", quoted(text)).or(fmt.Sprintf("did you mean %ss?", t))
	}
	days, rest, ok := strings.Cut(t, "d")
	if !ok {
		days, rest = "", t
	}
	var d time.Duration
	if rest != "" || !ok {
		var err error
		if d, err = time.ParseDuration(rest); err != nil {
			return 0, notDuration(text)
		}
	}
	if ok {
		n, err := strconv.ParseFloat(days, 64)
		switch {
		case err != nil || !plainNumber(days) || d < 0:
			return 0, notDuration(text)
		case math.Abs(n)*24 > float64(math.MaxInt64/int64(time.Hour))-24-d.Hours():
			return 0, problemf("%s is too long", quoted(text))
		}
		d += time.Duration(n * 24 * float64(time.Hour))
	}
	if d < 0 {
		return 0, problemf("%s is negative", quoted(text))
	}
	return d, nil
}

func notDuration(text string) *problem {
	return problemf("%s is not a duration such as 300ms, 30s, 10m or 1d", quoted(text))
}

// showDuration writes a duration as short as parseDuration reads it: 10m, not 10m0s.
func showDuration(d time.Duration) string {
	if d == 0 {
		return "0"
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
