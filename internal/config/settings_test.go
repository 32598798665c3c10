package config

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// fieldKeys returns the keys of a struct's fields by their tags, as the settings spell them.
func fieldKeys(t reflect.Type, prefix string) []string {
	var keys []string
	for f := range t.Fields() {
		key := f.Tag.Get("key")
		switch {
		case key == "":
		case f.Type.Kind() == reflect.Struct:
			keys = append(keys, fieldKeys(f.Type, prefix+key+".")...)
		case f.Type == reflect.TypeFor[[]Watch]():
			keys = append(keys, fieldKeys(reflect.TypeFor[Watch](), key+"[].")...)
		default:
			keys = append(keys, prefix+key)
		}
	}
	return keys
}

func TestEveryFieldHasItsSetting(t *testing.T) {
	want := map[string]bool{}
	for _, key := range fieldKeys(reflect.TypeFor[Config](), "") {
		want[key] = true
	}
	for _, key := range Keys() {
		if !want[key] {
			t.Errorf("%s is a setting and no field", key)
		}
		delete(want, key)
	}
	for key := range want {
		t.Errorf("%s is a field and no setting", key)
	}
}

// sample is a value of a setting that is not its default.
func sample(sort string) string {
	switch sort {
	case "duration", "auto, duration":
		return "7s"
	case "number", "size", "size or timetable":
		return "7"
	case "text", "path":
		return "/seven"
	case "list":
		return "[seven]"
	case "true, false":
		return "false"
	}
	words := strings.Split(sort, ", ")
	return words[len(words)-1] // the first or second is the default
}

// changed returns the key of the one field that differs.
func changed(a, b reflect.Value, prefix string) (keys []string) {
	for i := range a.NumField() {
		key := a.Type().Field(i).Tag.Get("key")
		switch {
		case key == "" || reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()):
		case a.Field(i).Kind() == reflect.Struct:
			keys = append(keys, changed(a.Field(i), b.Field(i), prefix+key+".")...)
		default:
			keys = append(keys, prefix+key)
		}
	}
	return keys
}

func TestEachSettingSetsItsFieldAlone(t *testing.T) {
	for _, s := range settings {
		c := Default()
		if p := s.set(c, value{text: sample(s.sort)}); p != nil {
			t.Errorf("%s: %s", s.key, p.message)
		}
		if got := changed(reflect.ValueOf(*Default()), reflect.ValueOf(*c), ""); len(got) != 1 || got[0] != s.key {
			t.Errorf("%s changed %v", s.key, got)
		}
	}
	for _, s := range watchSettings {
		w, v := DefaultWatch(), value{text: sample(s.sort)}
		if s.sort == "list" {
			v = value{kind: isList, list: []value{{text: "seven"}}}
		}
		if p := s.set(&w, v); p != nil {
			t.Errorf("%s: %s", s.key, p.message)
		}
		if got := changed(reflect.ValueOf(DefaultWatch()), reflect.ValueOf(w), ""); len(got) != 1 || got[0] != s.key {
			t.Errorf("%s changed %v", s.key, got)
		}
	}
}

// The contract's defaults, written down once more: a changed one is a change of the contract.
func TestDefaultsAreTheContracts(t *testing.T) {
	want := &Config{API: API{BaseURL: "https://app.flora.ai/api/v1", KeyFile: "/etc/florasync/api-key", Timeout: time.Minute},
		Upload: Upload{Concurrency: 4, MaxAttempts: 12, Drain: 30 * time.Second}, Log: Log{Level: "info", Format: "auto"}}
	if got := Default(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	root := Watch{Recursive: true, MinSize: 1, Rescan: 10 * time.Minute, Poll: 10 * time.Second, Mode: "auto", Existing: "upload", OnChange: "upload",
		Duplicates: "upload", After: "keep"}
	if got := DefaultWatch(); !reflect.DeepEqual(got, root) {
		t.Errorf("got  %+v\nwant %+v", got, root)
	}
}

const exampleFile = "../../deploy/florasync.example.yaml"

func TestTheExampleIsEveryKeyWithItsDefault(t *testing.T) {
	text, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	r := newReader(EtcFile)
	r.read(text)
	r.check()
	if err := r.errs.orNil(); err != nil {
		t.Fatal(err)
	}
	for _, key := range Keys() {
		if _, ok := r.places[strings.Replace(key, "[]", "[0]", 1)]; !ok {
			t.Errorf("%s is missing", key)
		}
	}
	want := Default()
	want.StateDir, want.File = EtcStateDir, EtcFile
	w := DefaultWatch()
	w.Name, w.Path, w.Workspace = "inbox", "/srv/inbox", "ws_XXXX"
	want.Watch = []Watch{w}
	if w.Exclude = []string{}; !reflect.DeepEqual(r.c.Watch[0], w) {
		t.Errorf("got  %+v\nwant %+v", r.c.Watch[0], w)
	}
	r.c.Watch = want.Watch
	if !reflect.DeepEqual(r.c, want) {
		t.Errorf("got  %+v\nwant %+v", r.c, want)
	}
}

func TestTableHasEveryKey(t *testing.T) {
	table := Table()
	for _, key := range Keys() {
		if strings.Count(table, "| `"+key+"` |") != 1 {
			t.Errorf("%s is not once in the table", key)
		}
	}
	for i, line := range strings.Split(strings.TrimSpace(table), "\n") {
		if n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"); n != 7 {
			t.Errorf("line %d has %d bars, want 7: %s", i+1, n, line)
		}
	}
}

func TestWrittenDefaultsAreTheDefaults(t *testing.T) {
	for _, s := range settings {
		if strings.Contains(s.def, " ") || s.key == "state_dir" {
			continue
		}
		c := Default()
		if p := s.set(c, value{text: strings.Trim(s.def, `"`)}); p != nil || !reflect.DeepEqual(c, Default()) {
			t.Errorf("%s: %s is shown as the default and is not", s.key, s.def)
		}
	}
}
