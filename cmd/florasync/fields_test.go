package main

import (
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// kind is the type of a JSON field, as the contract names it.
type kind string

const (
	text       kind = "string"
	textOrNull kind = "string or null"
	integer    kind = "integer"
	timeStamp  kind = "time"
	timeOrNull kind = "time or null"
	texts      kind = "array of strings"
	boolean    kind = "boolean"
	objectKind kind = "object"
	arrayKind  kind = "array"
)

var rfc3339ms = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)

func (k kind) fits(v any) bool {
	s, isText := v.(string)
	switch k {
	case text:
		return isText
	case textOrNull:
		return v == nil || isText && s != ""
	case integer:
		n, ok := v.(json.Number)
		return ok && !strings.ContainsAny(string(n), ".eE-")
	case timeStamp:
		return isText && rfc3339ms.MatchString(s)
	case timeOrNull:
		return v == nil || isText && rfc3339ms.MatchString(s)
	case texts:
		all, ok := v.([]any)
		for _, e := range all {
			if _, isText := e.(string); !isText {
				return false
			}
		}
		return ok
	}
	want := map[kind]reflect.Kind{boolean: reflect.Bool, objectKind: reflect.Map, arrayKind: reflect.Slice}[k]
	return v != nil && reflect.TypeOf(v).Kind() == want
}

// itemFields are the fields of an item.
var itemFields = map[string]kind{
	"id": text, "source": text, "root": text, "path": text, "file_name": textOrNull, "content_type": textOrNull, "size": integer, "mtime": timeOrNull,
	"sha256": textOrNull, "state": text, "phase": text, "reason": textOrNull, "class": textOrNull, "error": textOrNull, "hint": textOrNull,
	"attempts": integer, "next_attempt": timeOrNull, "asset_id": textOrNull, "url": textOrNull, "workspace": textOrNull, "project": textOrNull,
	"folder": textOrNull, "node_id": textOrNull, "canvas_url": textOrNull, "moved_to": textOrNull, "request_ids": texts, "seen_at": timeStamp,
	"ready_at": timeOrNull, "done_at": timeOrNull, "previous_asset_ids": texts,
}

var countFields = map[string]kind{"seen": integer, "waiting": integer, "active": integer, "ready": integer, "failed": integer, "skipped": integer,
	"settling": integer, "growing": integer, "blocked": integer, "not_taken": integer}

var rootFields = with(countFields, map[string]kind{"name": text, "path": text, "state": text, "not_taken_by_ext": objectKind, "missed_by_events": integer,
	"overflows": integer, "last_scan_at": timeOrNull, "last_seen_at": timeOrNull, "last_ready_at": timeOrNull, "oldest_waiting_at": timeOrNull})

var statusFields = map[string]kind{"version": text, "started_at": timeOrNull, "healthy": boolean, "reasons": arrayKind, "roots": arrayKind,
	"totals": objectKind, "uploader": objectKind, "record": objectKind}

func with(a, b map[string]kind) map[string]kind {
	all := map[string]kind{}
	for _, m := range []map[string]kind{a, b} {
		for name, k := range m {
			all[name] = k
		}
	}
	return all
}

// conforms fails the test unless v has exactly the fields, each of its kind.
func conforms(t *testing.T, what string, v any, fields map[string]kind) {
	t.Helper()
	object, ok := v.(map[string]any)
	if !ok {
		t.Errorf("%s is %T", what, v)
		return
	}
	for name, k := range fields {
		if value, there := object[name]; !there {
			t.Errorf("%s has no %s", what, name)
		} else if !k.fits(value) {
			t.Errorf("%s: %s is %v, want %s", what, name, value, k)
		}
	}
	for name := range object {
		if _, known := fields[name]; !known {
			t.Errorf("%s has %s, which the contract does not name", what, name)
		}
	}
}

func decode(t *testing.T, line string) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(line))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	return v
}

func conformingStatus(t *testing.T, line string) map[string]any {
	t.Helper()
	v := decode(t, line)
	conforms(t, "status", v, statusFields)
	conforms(t, "status.totals", v["totals"], countFields)
	conforms(t, "status.uploader", v["uploader"], map[string]kind{"state": text, "until": timeOrNull, "requests": integer, "bytes_per_second": integer})
	conforms(t, "status.record", v["record"], map[string]kind{"bytes": integer, "schema": integer})
	for _, r := range v["roots"].([]any) {
		conforms(t, "status.roots[]", r, rootFields)
	}
	for _, r := range v["reasons"].([]any) {
		conforms(t, "status.reasons[]", r, map[string]kind{"code": text, "message": text, "hint": text, "since": timeOrNull})
	}
	return v
}
