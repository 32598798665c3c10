package control

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
)

// asksAll answers every question, so that only the guard can refuse one.
type asksAll struct{ Service }

func (asksAll) Status(context.Context) (Status, error)                  { return Status{}, nil }
func (asksAll) List(context.Context, Filter, string, int) (Page, error) { return Page{}, nil }
func (asksAll) Explain(context.Context, string) (Explanation, error)    { return Explanation{}, nil }
func (asksAll) Retry(context.Context, Filter) (int, error)              { return 0, nil }
func (asksAll) Forget(context.Context, Filter, bool) (int, error)       { return 0, nil }
func (asksAll) Resume(context.Context, string) error                    { return nil }
func (asksAll) Upload(context.Context, Upload) ([]Item, error)          { return nil, nil }
func (asksAll) Examine(context.Context, bool) ([]Finding, error)        { return nil, nil }
func (asksAll) Check(context.Context) (Report, error)                   { return Report{}, nil }
func (asksAll) Reload(context.Context) (Reloaded, error)                { return Reloaded{}, nil }
func (asksAll) SetLogLevel(context.Context, string) error               { return nil }

// Invariant 4: by who asks, and by what.
func TestWhoMayAskWhat(t *testing.T) {
	h := guarded(Handler(asksAll{}))
	ask := func(path string, who rank) int {
		req := httptest.NewRequest(http.MethodPost, path, bytes.NewReader([]byte("{}")))
		req = req.WithContext(context.WithValue(req.Context(), rankKey{}, who))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		return w.Code
	}
	for path, reads := range map[string]bool{pathStatus: true, pathList: true, pathExplain: true, pathRetry: false, pathForget: false, pathResume: false,
		pathUpload: false, pathCheck: false, pathExamine: false, pathReload: false, pathLevel: false} {
		want := map[rank]int{owner: http.StatusOK, reader: http.StatusForbidden, stranger: http.StatusForbidden}
		if reads {
			want[reader] = http.StatusOK
		}
		for who, code := range want {
			if got := ask(path, who); got != code {
				t.Errorf("%s asked by %d: %d, want %d", path, who, got, code)
			}
		}
	}
	for _, path := range []string{pathPause, pathBackup, pathProfiles, pathProfiles + "profile"} { // no answer is needed to see them refused
		for _, who := range []rank{reader, stranger} {
			if got := ask(path, who); got != http.StatusForbidden {
				t.Errorf("%s asked by %d: %d", path, who, got)
			}
		}
	}
}

func TestRanks(t *testing.T) {
	me := uint32(os.Geteuid())
	for _, c := range []struct {
		uid     uint32
		readers bool
		want    rank
	}{{me, false, owner}, {0, false, owner}, {me + 4711, false, stranger}, {me + 4711, true, reader}, {0, true, owner}} {
		if got := rankOf(c.uid, c.readers); got != c.want {
			t.Errorf("user %d, readers %t: %d, want %d", c.uid, c.readers, got, c.want)
		}
	}
}
