package uploader_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// The tests of this file have FLORA's lists leave something out.

// listing edits what the n-th list of assets shows, from 1; of a project's assets when project says so, else of a workspace's.
func listing(project bool, edit func(n int, rows []any) []any) func(http.Handler) http.Handler {
	n := 0
	return func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/assets") || r.URL.Query().Has("project_id") != project {
				h.ServeHTTP(w, r)
				return
			}
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			var page map[string]any
			if err := json.Unmarshal(rec.Body.Bytes(), &page); err == nil && rec.Code == http.StatusOK {
				n++
				page["assets"] = edit(n, page["assets"].([]any))
			}
			w.Header().Set("Content-Type", jsonType)
			w.WriteHeader(rec.Code)
			body, _ := json.Marshal(page) // as it was read
			_, _ = w.Write(body)          // the client may be gone
		})
	}
}

// but leaves out the rows of these names.
func but(rows []any, names ...string) (rest []any) {
	rest = []any{}
	for _, row := range rows {
		hidden := false
		for _, name := range names {
			hidden = hidden || row.(map[string]any)["name"] == name
		}
		if !hidden {
			rest = append(rest, row)
		}
	}
	return rest
}

// TestListIsTakenUntilTwoPassesAgree: rows of a list can be missed while others come in front of them. What stands in none of the first two passes is found.
func TestListIsTakenUntilTwoPassesAgree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTampered(t, sandbox.Options{}, listing(false, func(n int, rows []any) []any {
			switch n {
			case 1:
				return but(rows, "1.png")
			case 2:
				return but(rows, "1.png", "2.png")
			}
			return rows
		}))
		defer b.stop()
		b.write("1.png", png, 1000)
		b.write("2.png", png, 2000)
		b.run(time.Minute)
		b.loseRecord()
		ids := []state.ID{b.sight("1.png"), b.sight("2.png")}
		b.run(time.Hour)
		b.done(ids)
		b.promises()
	})
}

// TestCanvasIsListedTwice: the same for a project's list, after an attach request whose answer was lost and whose key is forgotten.
func TestCanvasIsListedTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looked := 0
		b := newTampered(t, sandbox.Options{Fault: onto(sandbox.OpAttach, 1, sandbox.Fault{Lost: true})}, listing(true, func(n int, rows []any) []any {
			if looked = n; n == 1 {
				return but(rows, "bad.png")
			}
			return rows
		}))
		defer b.stop()
		b.root.Route.Project = "prj_a"
		id := b.write("bad.png", png, badSize)
		b.kill(time.Millisecond)
		if it := b.item(id); it.Phase != state.Ready || b.nodes() != 1 {
			t.Fatalf("it stands at %v, %d nodes: this tests nothing", it.Phase, b.nodes())
		}
		time.Sleep(3 * time.Hour)
		b.run(time.Hour)
		b.done([]state.ID{id})
		if n := b.nodes(); n != 1 || looked < 2 {
			t.Errorf("%d nodes for one file, after %d looks", n, looked)
		}
		b.promises()
	})
}

// TestCandidateWithoutACreationTime: an asset that does not say when it was made may be an earlier record's.
func TestCandidateWithoutACreationTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTampered(t, sandbox.Options{}, listing(false, func(_ int, rows []any) []any {
			for _, row := range rows {
				row.(map[string]any)["created_at"] = nil
			}
			return rows
		}))
		defer b.stop()
		b.write("a.png", png, 1000)
		b.run(time.Minute)
		b.loseRecord()
		id := b.sight("a.png")
		b.run(time.Hour)
		b.done([]state.ID{id})
		b.promises()
	})
}
