package simulation

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

const (
	workspace = "ws_a"
	project   = "prj_a"
)

// machine is a computer with one watched folder or two, a record, and one life after the other.
type machine struct {
	*folder
	t        *testing.T
	equal    bool            // files may have equal contents
	links    bool            // and share an asset, wherever they are
	after    map[string]bool // what was ever to be done with a file that is ready: keep move delete
	service  *service
	net      *network
	config   *config.Config // what the next life, or reload, will read
	recordAt string
	chance   seeded
	now      atomic.Pointer[life]

	reloading func() (*config.Config, error) // what the daemon reads again; nil: nothing

	last     []byte // the newest content
	forgot   int    // how often a file was forgotten
	named    int    // how often a file was uploaded by hand
	byHand   bool   // files were forgotten or uploaded by hand, or the configuration was changed
	restless bool   // files changed while they were filed away: what was put back may stand under another name
	lives    int
	killed   int
	failed   atomic.Int64          // rows that failed behind their bytes
	newest   map[string]state.Item // by path, when the record was last looked at
	twice    map[string]bool       // then: the assets that were reserved for a file which vanished or changed, and for another row
	survived []byte
}

// setup is what the operator configured for a folder.
type setup struct {
	name    string
	after   string // keep move delete
	project bool
	more    string // lines of the root
	equal   bool   // files may have equal contents, and share an asset

	workspace, canvas, into string // the workspace, the project and the folder there; "": the usual ones
}

// entry is the folder in the configuration.
func (c setup) entry(name, path, done string) string {
	text := fmt.Sprintf("- name: %s\n  path: %s\n  workspace: %s\n  folder: \"%s/{dir}\"\n", name, path, cmp.Or(c.workspace, workspace), cmp.Or(c.into, "in"))
	if c.project {
		text += "  project: " + cmp.Or(c.canvas, project) + "\n"
	}
	if c.after != "" && c.after != "keep" {
		text += "  after: " + c.after + "\n"
	}
	if c.after == "move" {
		text += "  move_to: " + done + "\n"
	}
	return text + c.more
}

// newMachine configures a machine at a service: its folder is watched, or, with more than one setup, folders in it that are named a, b, …
func newMachine(t *testing.T, dir string, s *service, n *network, seed uint64, folders ...setup) *machine {
	t.Helper()
	m := &machine{folder: newFolder(t, dir, seed), t: t, after: map[string]bool{}, links: true, service: s, net: n}
	m.chance.r = rand.New(rand.NewPCG(seed, 2))
	text := fmt.Sprintf("api: {base_url: http://localhost/api/v1}\nstate_dir: %s\nwatch:\n", filepath.Join(dir, "state"))
	for i, c := range folders {
		name, path := "inbox", m.dir
		if len(folders) > 1 {
			name = string(rune('a' + i))
			path = m.path(name)
			m.must(os.Mkdir(path, 0o755))
		}
		text += c.entry(name, path, m.done)
		m.equal, m.links = m.equal || c.equal, m.links && c.equal
	}
	var err error
	if m.config, err = config.Parse("", []byte(text)); err != nil {
		t.Fatal(err)
	}
	for _, w := range m.config.Watch {
		m.after[w.After] = true
	}
	m.config.UseKey(config.FixedKey(sandbox.DefaultKey, "the sandbox's key"))
	if err := os.MkdirAll(m.config.StateDir, 0o700); err != nil {
		t.Fatal(err)
	}
	m.recordAt = daemon.RecordPath(m.config.StateDir)
	s.mu.Lock()
	s.machines = append(s.machines, m)
	s.mu.Unlock()
	return m
}

// watched returns the watched folder of a file, and its path there; "" when no folder is watched that it stands in.
func (m *machine) watched(name string) (root string, path state.Path) {
	for _, w := range m.config.Watch {
		if rest, ok := strings.CutPrefix(m.path(name), w.Path+"/"); ok {
			return w.Name, state.Path(rest)
		}
	}
	return "", ""
}

// fileOf returns the name of a row's file, and its folder as it is configured; no folder for what was named by hand, or is watched no more.
func (m *machine) fileOf(it state.Item) (name string, w config.Watch) {
	for _, w = range m.config.Watch {
		if w.Name == it.Root {
			name, err := filepath.Rel(m.dir, filepath.Join(w.Path, string(it.Path)))
			m.must(err)
			return name, w
		}
	}
	return "", config.Watch{After: "keep"}
}

func (m *machine) jitter() float64 { return m.chance.float() }
