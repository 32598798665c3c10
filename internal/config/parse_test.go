package config

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// root is the least a root needs; tests put keys of their own behind it.
const root = "watch:\n  - path: /srv/inbox\n    workspace: ws_1\n"

func TestParseNamesWhatIsWrong(t *testing.T) {
	tests := []struct{ name, yaml, want string }{
		{"UnknownKey", "uplod:\n  concurrency: 4\n", `f.yaml:1:1: uplod: no such key; did you mean upload?`},
		{"UnknownKeyOfSection", "upload:\n  concurency: 4\n", `f.yaml:2:3: upload.concurency: no such key; did you mean concurrency?`},
		{"UnknownKeyOfRoot", root + "    duplicate: link\n", `f.yaml:4:5: watch[0].duplicate: no such key; did you mean duplicates?`},
		{"SwappedLetters", root + "    fodler: x\n", `f.yaml:4:5: watch[0].fodler: no such key; did you mean folder?`},
		{"UnknownFarFromAll", "colour: red\n", `f.yaml:1:1: colour: no such key`},
		{"KeyOfAnotherSection", "log:\n  drain: 3s\n", `f.yaml:2:3: log.drain: no such key; drain belongs to upload`},
		{"KeyOfARoot", "after: move\n", `f.yaml:1:1: after: no such key; after belongs to a folder of watch`},
		{"KeyThatIsASecret", "api:\n  key: sk_live_abc\n", `f.yaml:2:3: api.key: no such key; the API key never stands here: set FLORA_API_KEY, or name its file with key_file`},
		{"SecretForAFile", "api:\n  key_file: sk_live_abc\n", `f.yaml:2:13: api.key_file: holds a key, and a configuration is no place for one; put it into a file and name that, and have the key replaced`},
		{"Word", root + "    after: mvoe\n", `f.yaml:4:12: watch[0].after: "mvoe" is not keep, move or delete; did you mean move?`},
		{"WordInCapitals", "log: {level: WARN}\n", `f.yaml:1:14: log.level: "WARN" is not debug, info, warn or error; did you mean warn?`},
		{"WordFarFromAll", root + "    mode: inotifywait\n", `f.yaml:4:11: watch[0].mode: "inotifywait" is not auto, notify or poll`},
		{"WordIsAList", root + "    mode: [auto]\n", `f.yaml:4:11: watch[0].mode: is a list, not auto, notify or poll`},
		{"DurationWithoutUnit", "upload:\n  drain: 30\n", `f.yaml:2:10: upload.drain: "30" has no unit; did you mean 30s?`},
		{"NotADuration", "api:\n  timeout: soon\n", `f.yaml:2:12: api.timeout: "soon" is not a duration such as 300ms, 30s, 10m or 1d`},
		{"NegativeDuration", "upload:\n  drain: -3s\n", `f.yaml:2:10: upload.drain: "-3s" is negative`},
		{"DurationTooShort", "api:\n  timeout: 3ms\n", `f.yaml:2:12: api.timeout: "3ms" is too short: at least 1s`},
		{"DurationTooLong", root + "    rescan: 999999999d\n", `f.yaml:4:13: watch[0].rescan: "999999999d" is too long`},
		{"SettleOfNothing", root + "    settle: 0\n", `f.yaml:4:13: watch[0].settle: "0" is too short: at least 1ms`},
		{"SizeWithHalfAUnit", root + "    max_size: 20M\n", `f.yaml:4:15: watch[0].max_size: "20M" is not a size such as 500000, 20MB or 20MiB; did you mean 20MiB?`},
		{"SizeInWrongCase", "upload:\n  bandwidth: 5mb\n", `f.yaml:2:14: upload.bandwidth: "5mb" is not a size such as 500000, 20MB or 20MiB; did you mean 5MB?`},
		{"NegativeSize", root + "    min_size: -1\n", `f.yaml:4:15: watch[0].min_size: "-1" is negative`},
		{"SizeTooLarge", root + "    max_size: 99999999TiB\n", `f.yaml:4:15: watch[0].max_size: "99999999TiB" is too large`},
		{"SizesCrossed", root + "    min_size: 2kB\n    max_size: 1kB\n", `f.yaml:5:15: watch[0].max_size: 1000 is less than min_size, 2000: no file would be taken`},
		{"NotANumber", "upload:\n  concurrency: many\n", `f.yaml:2:16: upload.concurrency: "many" is not a whole number`},
		{"NumberOutOfRange", "upload:\n  concurrency: 0\n", `f.yaml:2:16: upload.concurrency: 0 is not between 1 and 256`},
		{"NotABool", root + "    recursive: yes\n", `f.yaml:4:16: watch[0].recursive: "yes" is not true or false; did you mean true?`},
		{"NoValue", "upload:\n  drain:\n", `f.yaml:2:3: upload.drain: has no value; write one, or remove the line`},
		{"ListExpected", root + "    exclude: \"*.tmp\"\n", `f.yaml:4:14: watch[0].exclude: is a text, not a list; write ["*.tmp"]`},
		{"ListOfLists", root + "    exclude: [[a]]\n", `f.yaml:4:14: watch[0].exclude: is a list, not a text`},
		{"EmptyInclude", root + "    include: []\n", `f.yaml:4:14: watch[0].include: an empty list takes nothing; remove the line for the default`},
		{"Pattern", root + "    include: [\"**/*.{jpg\"]\n", `f.yaml:4:14: watch[0].include: "**/*.{jpg" is not a pattern; brackets and braces must be closed; a literal one is written \[ or \{`},
		{"AbsolutePattern", root + "    exclude: [/tmp/**]\n", `f.yaml:4:14: watch[0].exclude: "/tmp/**" never matches: patterns are below the root and do not start with /; did you mean "tmp/**"?`},
		{"TwiceTheSameKey", "upload:\n  drain: 1s\n  drain: 2s\n", `f.yaml:3:3: upload.drain: stands here a second time; the first is in line 2`},
		{"SectionIsAScalar", "log: debug\n", `f.yaml:1:6: log: holds keys: level, format`},
		{"WatchIsAMapping", "watch:\n  path: /srv\n", `f.yaml:2:3: watch: is a list of folders; begin each with "- "`},
		{"RootIsAScalar", "watch:\n  - /srv/inbox\n", `f.yaml:2:5: watch[0]: holds keys: path, workspace, …`},
		{"NoWorkspace", "watch:\n  - path: /srv\n", `f.yaml:2:5: watch[0].workspace: is required; it is the workspace's id at FLORA, ws_…`},
		{"NoPath", "watch:\n  - workspace: ws_1\n", `f.yaml:2:5: watch[0].path: is required; name the folder to watch`},
		{"WrongWorkspace", "watch:\n  - path: /srv\n    workspace: prj_1\n", `f.yaml:3:16: watch[0].workspace: "prj_1" is not a workspace id: it starts with ws_`},
		{"WorkspaceWithASlash", "watch:\n  - path: /srv\n    workspace: ws_1/x\n", `f.yaml:3:16: watch[0].workspace: "ws_1/x" is not a workspace id: it starts with ws_`},
		{"WrongProject", root + "    project: flower\n", `f.yaml:4:14: watch[0].project: "flower" is not a project id: it starts with prj_`},
		{"FolderTemplate", root + "    folder: \"a/{name}\"\n", `f.yaml:4:13: watch[0].folder: "a/{name}": {dir} is the only placeholder`},
		{"Tilde", "watch:\n  - path: ~/inbox\n    workspace: ws_1\n", `f.yaml:2:11: watch[0].path: "~/inbox": ~ is not expanded; write the whole path`},
		{"RelativeWithoutAFolder", "watch:\n  - path: inbox\n    workspace: ws_1\n", `f.yaml:2:11: watch[0].path: "inbox" is not an absolute path`},
		{"SameName", root + "  - path: /home/inbox\n    workspace: ws_1\n", `f.yaml:4:5: watch[1].name: watch[0] is called "inbox", too; give one of them a name of its own`},
		{"SamePath", root + "  - name: b\n    path: /srv/inbox/\n    workspace: ws_1\n", `f.yaml:5:11: watch[1].path: "/srv/inbox" is the folder of watch[0], too`},
		{"Inside", root + "  - name: b\n    path: /srv/inbox/b\n    workspace: ws_1\n", `f.yaml:5:11: watch[1].path: "/srv/inbox/b" lies inside "/srv/inbox" of watch[0]; watch the outer one and exclude what is not wanted`},
		{"Contains", root + "  - name: b\n    path: /srv\n    workspace: ws_1\n", `f.yaml:5:11: watch[1].path: "/srv" contains "/srv/inbox" of watch[0]; watch the outer one and exclude what is not wanted`},
		{"MoveWithoutPlace", root + "    after: move\n", `f.yaml:4:12: watch[0].after: move needs move_to`},
		{"PlaceWithoutMove", root + "    move_to: /srv/done\n", `f.yaml:4:14: watch[0].move_to: only counts with after: move; after is keep`},
		{"MoveIntoARoot", root + "    after: move\n    move_to: /srv/inbox/done\n", `f.yaml:5:14: watch[0].move_to: "/srv/inbox/done" lies inside the folder of watch[0]: what is moved there would be uploaded again`},
		{"MoveAboveARoot", root + "    after: move\n    move_to: /srv\n", `f.yaml:5:14: watch[0].move_to: "/srv" contains the folder of watch[0]: what is moved there could be uploaded again`},
		{"PlainHTTP", "api:\n  base_url: http://flora.example/api\n", `f.yaml:2:13: api.base_url: http:// is only for loopback; use https://flora.example`},
		{"PasswordInURL", "api:\n  base_url: https://u:hunter2@h/\n", `f.yaml:2:13: api.base_url: must not hold a user name or password; the key goes into FLORA_API_KEY`},
		{"QueryInURL", "api:\n  base_url: https://h/?token=hunter2\n", `f.yaml:2:13: api.base_url: must not have a query or fragment`},
		{"Address", "server:\n  listen: 9309\n", `f.yaml:2:11: server.listen: "9309" is not an address such as 127.0.0.1:9309`},
		{"NotYAML", "watch: [\n", `f.yaml:1:8: is not YAML: sequence end token ']' not found`},
		{"NotAMapping", "- 1\n", `f.yaml:1:1: is not a mapping of keys to values`},
		{"TwoDocuments", "log: {level: warn}\n---\nlog: {level: info}\n", `f.yaml: holds more than one document`},
		{"AliasOfNothing", "log: {level: *none}\n", `f.yaml:1:7: log.level: has no value; write one, or remove the line`},
		{"CRLF", "upload:\r\n  concurrency: 4\r\n  drain: x\r\n", `f.yaml:3:10: upload.drain: "x" is not a duration such as 300ms, 30s, 10m or 1d`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("f.yaml", []byte(tt.yaml))
			if err == nil {
				t.Fatalf("got no error, want %s", tt.want)
			}
			if got := err.Error(); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestParseTellsAllErrorsInOrderUpToABound(t *testing.T) {
	_, err := Parse("f.yaml", []byte("upload:\n  drain: x\n  concurrency: y\nlog:\n  level: z\nwatch:\n  - path: /a\n"))
	var all Errors
	if !errors.As(err, &all) || len(all) != 4 {
		t.Fatalf("got %v, want 4 errors", err)
	}
	for i, line := range []int{2, 3, 5, 7} {
		if all[i].Line != line {
			t.Errorf("error %d: got line %d, want %d", i, all[i].Line, line)
		}
	}
	var one *Error
	if !errors.As(err, &one) || one.Key != "upload.drain" {
		t.Errorf("got %v, want the first error to be found", one)
	}
	_, err = Parse("f.yaml", []byte(strings.Repeat("x: 1\n", 30)))
	if lines := strings.Split(err.Error(), "\n"); len(lines) != errorsN+1 || lines[errorsN] != "and 10 more" {
		t.Errorf("got %d lines, the last %q; want %d and the rest counted", len(lines), lines[len(lines)-1], errorsN+1)
	}
}

func TestParseReads(t *testing.T) {
	c, err := Parse("/etc/florasync/florasync.yaml", []byte("\ufeff"+`
api: {base_url: "http://127.0.0.1:8787/api/v1/", key_file: key}
state_dir: state
watch:
  - &common
    path: inbox
    workspace: ws_1
    include: ["**/*.JPG"]
    min_size: 1kB
    max_size: 1.5GiB
    settle: 2s
    rescan: 1d12h
    poll: 500ms
    recursive: false
  - <<: *common
    name: two
    path: /srv/../srv/two/
    settle: auto
    rescan: 0
    after: move
    move_to: /srv/done
log:
`))
	if err != nil {
		t.Fatal(err)
	}
	if c.API.BaseURL != "http://127.0.0.1:8787/api/v1" || c.API.KeyFile != "/etc/florasync/key" || c.StateDir != "/etc/florasync/state" {
		t.Errorf("got %+v, state %s", c.API, c.StateDir)
	}
	one, two := c.Watch[0], c.Watch[1]
	if one.Name != "inbox" || one.Path != "/etc/florasync/inbox" || one.MinSize != 1000 || one.MaxSize != 3<<29 || one.Settle != 2*time.Second ||
		one.Rescan != 36*time.Hour || one.Poll != 500*time.Millisecond || one.Recursive || one.Include[0] != "**/*.JPG" {
		t.Errorf("got %+v", one)
	}
	if two.Name != "two" || two.Path != "/srv/two" || two.Settle != 0 || two.Rescan != 0 || two.MaxSize != one.MaxSize || two.MoveTo != "/srv/done" {
		t.Errorf("got %+v", two)
	}
}

func TestParseBoundsAliases(t *testing.T) {
	bomb := "watch:\n  - &a {exclude: [x,x,x,x,x,x,x,x,x,x]}\n"
	bomb += "  - &b {<<: [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]}\n  - &c {<<: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]}\n  - &d {<<: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]}\n"
	bomb += "  - &e {<<: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]}\n  - {<<: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]}\n"
	if _, err := Parse("f.yaml", []byte(bomb)); err == nil {
		t.Error("got no error")
	}
	if _, err := Parse("f.yaml", []byte("watch:\n  - &a {<<: *a}\n")); err == nil {
		t.Error("got no error for an alias of itself")
	}
}
