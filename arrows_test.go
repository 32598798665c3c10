// Package florasync_test keeps the arrows between the rooms: who may import whom.
package florasync_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/florasync/florasync"

// arrows is the table of the rooms: what each may import of ours, and of others. Siblings do not know each other, so that each can be read, tested and
// replaced alone; the reasons stand with the rows that surprise.
var arrows = map[string]struct{ ours, others []string }{
	"state":           {},
	"internal/source": {[]string{"state"}, []string{"golang.org/x/sys"}},
	"watcher":         {[]string{"state", "internal/source"}, []string{"github.com/fsnotify/fsnotify", "github.com/bmatcuk/doublestar", "golang.org/x/sys"}},
	"queue":           {[]string{"state"}, []string{"go.etcd.io/bbolt", "github.com/fxamacker/cbor"}},
	"queue/queuetest": {[]string{"state", "queue"}, nil},
	"uploader/flora":  {},
	"uploader": {[]string{"state", "internal/source", "uploader/flora"},
		[]string{"golang.org/x/sync", "golang.org/x/time", "golang.org/x/text", "github.com/gabriel-vasile/mimetype"}},
	"internal/control": {[]string{"state"}, nil},
	// telemetry alone talks to log, journal and service manager: one line per transition, and redaction, are true by construction.
	"internal/telemetry": {[]string{"state"}, []string{"github.com/rs/zerolog", "github.com/coreos/go-systemd", "github.com/prometheus/client_golang"}},
	// config checks what the rooms would refuse, with their own words: patterns, base URLs, defaults.
	"internal/config":  {[]string{"state", "internal/source", "watcher", "queue", "uploader", "uploader/flora"}, []string{"github.com/goccy/go-yaml", "github.com/bmatcuk/doublestar", "golang.org/x/sys"}},
	"internal/sandbox": {}, // a second opinion on the protocol: it shares no code with the client
	"internal/daemon": {[]string{"state", "internal/source", "watcher", "queue", "uploader", "uploader/flora", "internal/control", "internal/telemetry",
		"internal/config"}, []string{"golang.org/x/text"}}, // NFC and NFD of a path that somebody typed
	// x/sys: poll(2), to see that nobody reads any more.
	"bench":         {[]string{"state", "queue"}, []string{"golang.org/x/sync", "go.etcd.io/bbolt", "gonum.org/v1/plot"}},
	"cmd/florasync": {[]string{"*"}, []string{"github.com/spf13/cobra", "golang.org/x/term", "golang.org/x/sys"}},
}

func TestArrows(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range list(t) {
		room := strings.TrimPrefix(p.ImportPath, module+"/")
		if len(p.GoFiles) == 0 {
			continue // tests only
		}
		row, ok := arrows[room]
		if !ok {
			t.Errorf("%s is a room that the table does not know", room)
			continue
		}
		seen[room] = true
		for _, imported := range p.Imports {
			ours, isOurs := strings.CutPrefix(imported, module+"/")
			switch {
			case isOurs && !slices.Contains(row.ours, ours) && !slices.Contains(row.ours, "*"):
				t.Errorf("%s imports %s: that arrow is not in the table", room, ours)
			case !isOurs && strings.Contains(strings.Split(imported, "/")[0], ".") && !allowed(row.others, imported):
				t.Errorf("%s imports %s: that dependency is not in the table", room, imported)
			}
		}
	}
	for room := range arrows {
		if !seen[room] {
			t.Errorf("the table knows a room that is not there: %s", room)
		}
	}
}

func allowed(others []string, imported string) bool {
	return slices.ContainsFunc(others, func(o string) bool { return imported == o || strings.HasPrefix(imported, o+"/") })
}

type pkg struct {
	ImportPath       string
	GoFiles, Imports []string
}

func list(t *testing.T) (all []pkg) {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,GoFiles,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}
