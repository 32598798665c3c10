package flora

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// object is a JSON object read leniently: a field that is absent, null or of another kind reads as unknown. Its values are those of encoding/json, with
// numbers as [json.Number].
type object map[string]any

// parseObject reads one JSON object and nothing after it.
func parseObject(data []byte) (object, bool) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber() // an id may be a number that no float64 holds
	var v any
	if err := decoder.Decode(&v); err != nil {
		return nil, false
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, false
	}
	return asObject(v)
}

func asObject(v any) (object, bool) {
	o, ok := v.(map[string]any)
	return o, ok
}

// first is the first of the named fields that is there and not null.
func (o object) first(names ...string) (any, bool) {
	for _, name := range names {
		if v := o[name]; v != nil {
			return v, true
		}
	}
	return nil, false
}

// text is a string field; numbers and booleans give their JSON text, verbatim. "" when unknown.
func (o object) text(names ...string) string {
	v, _ := o.first(names...)
	s, _ := scalarText(v)
	return s
}

func scalarText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// object is a nested object, or nil.
func (o object) object(names ...string) object {
	v, _ := o.first(names...)
	inner, _ := asObject(v)
	return inner
}

// size is a whole number of bytes, given as a number or a string.
func (o object) size(name string) (int64, bool) {
	s := strings.TrimSpace(o.text(name))
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return max(n, 0), n >= 0
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f < 0 || f != math.Trunc(f) || f >= 1<<62 {
		return 0, false
	}
	return int64(f), true
}

// time reads an ISO string, or seconds or milliseconds since 1970 as a number or string. Zero when unknown.
func (o object) time(names ...string) time.Time {
	return parseTime(o.text(names...))
}

var timeLayouts = []string{
	time.RFC3339Nano,
	"2006-01-02T15:04:05.999999999Z0700", // ISO basic offset
	"2006-01-02T15:04:05.999999999",      // without an offset: UTC
	"2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999",
}

func parseTime(s string) time.Time {
	s = strings.TrimSpace(s)
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		return epochTime(n)
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// epochTime tells seconds from milliseconds by size: 1e11 is the year 5138 in seconds and 1973 in milliseconds.
func epochTime(n float64) time.Time {
	const year9999 = 253402300800
	if n >= 1e11 {
		n /= 1000
	}
	if !(n > 0 && n < year9999) { // also NaN; 0 stands for unknown
		return time.Time{}
	}
	return time.UnixMilli(int64(math.Round(n * 1000))).UTC()
}
