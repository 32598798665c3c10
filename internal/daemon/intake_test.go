package daemon

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader"
)

// TestWhatAnotherRootHandsOver: a file that the record knows at the same place, by hand or of a folder that is not watched any more, is this folder's now. But not
// while it has a row here as well, or is on its way to where somebody sent it by hand; and not an earlier version that waits: told as gone, it would wait for ever.
func TestWhatAnotherRootHandsOver(t *testing.T) {
	here := state.Destination{Workspace: "ws_a", Folder: "inbox"}
	sent := []state.Outcome{state.IsReserved("asset_1", here), state.Sent([32]byte{1}, 10)}
	over := append(sent, state.IsReady("https://x/y", time.Now(), true, state.Work{}))
	for name, c := range map[string]struct {
		root, project string
		to            state.Destination
		outcomes      []state.Outcome
		here, later   bool // the folder has a row of the file; the file was rewritten since
		want          bool
	}{
		"ByHand":                 {to: state.Destination{Workspace: "ws_a"}, want: true},
		"ByHandToTheFolder":      {to: here, project: "prj_a", want: true},
		"ByHandToAWorkspace":     {to: state.Destination{Workspace: "ws_b"}},
		"ByHandToAFolder":        {to: state.Destination{Workspace: "ws_a", Folder: "special"}},
		"ByHandToAProject":       {to: state.Destination{Workspace: "ws_a"}, project: "prj_b"},
		"ByHandToAFolderAndOver": {to: state.Destination{Workspace: "ws_a", Folder: "special"}, outcomes: over, want: true},
		"ByHandAndHere":          {to: state.Destination{Workspace: "ws_a", Folder: "special"}, outcomes: over, here: true},
		"ByHandAndRewritten":     {to: state.Destination{Workspace: "ws_a"}, later: true},
		"SentByHandAndRewritten": {to: state.Destination{Workspace: "ws_a"}, outcomes: sent, later: true, want: true},
		"Before":                 {root: "before", to: state.Destination{Workspace: "ws_b"}, want: true},
		"BeforeAndHere":          {root: "before", to: here, here: true},
		"BeforeAndRewritten":     {root: "before", to: here, later: true},
		"BeforeSentAndRewritten": {root: "before", to: here, outcomes: sent, later: true, want: true},
		"Watched":                {root: "watched", to: here, want: true},
		"WatchedAndHere":         {root: "watched", to: here, here: true, want: true},
	} {
		t.Run(name, func(t *testing.T) {
			q, err := queue.Open(t.Context(), queue.Options{Path: filepath.Join(t.TempDir(), "record.db"), Create: true, NoSync: true})
			if err != nil {
				t.Fatal(err)
			}
			defer q.Close()
			print := state.Fingerprint{Inode: 1, Born: 1, Size: 10, MTime: 1, CTime: 1}
			add := func(root string, p state.Path, a queue.Arrival) state.ID {
				if root != "" {
					if err := q.AddRoot(t.Context(), root, "/srv/"+root); err != nil {
						t.Fatal(err)
					}
				}
				a.Sighting = state.Sighting{Root: root, Path: p, Print: print, At: time.Now()}
				ids, err := q.Sight(t.Context(), []queue.Arrival{a})
				if err != nil {
					t.Fatal(err)
				}
				return ids[0]
			}
			if c.here {
				add("inbox", "a.png", queue.Arrival{To: here})
			} else if err := q.AddRoot(t.Context(), "inbox", "/srv/inbox"); err != nil {
				t.Fatal(err)
			}
			id := add(c.root, "srv/inbox/a.png", queue.Arrival{To: c.to, Project: c.project, Named: c.root == ""})
			for _, o := range c.outcomes {
				it, err := q.Get(t.Context(), id)
				if err == nil {
					_, err = q.Apply(t.Context(), state.Change{ID: id, Rev: it.Rev, At: time.Now(), Outcome: o})
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			inbox := &root{Watch: config.Watch{Name: "inbox"}, upload: uploader.Root{Route: state.Route{Workspace: "ws_a", Project: "prj_a", Folder: "inbox"}}}
			i := &intake{queue: q, roots: &roots{byName: map[string]*root{"": {}, "inbox": inbox, "watched": {}}}}
			now := state.Sighting{Root: "inbox", Path: "a.png", Print: print}
			now.Print.CTime++
			if c.later {
				now.Print.MTime++
			}
			places, err := i.Elsewhere(t.Context(), "inbox", []state.Sighting{now})
			if err != nil {
				t.Fatal(err)
			}
			if got := len(places) == 1; got != c.want {
				t.Errorf("asked for it: %v, want %v: %v", got, c.want, places)
			}
		})
	}
}
