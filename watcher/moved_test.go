package watcher

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

// polled is a house without events, of which one scan has ended.
func polled(t *testing.T, files ...string) *house {
	h := newHouse(t)
	h.newHints = nil
	h.cfg.Poll = time.Hour // nothing is looked at but what a test asks for
	for _, f := range files {
		h.mkdir(filepath.Dir(f))
		h.write(f, "content of "+f)
	}
	h.scanned()
	h.hasExactly(files...)
	return h
}

// A look at the new path alone: the old one, where nobody looked, is told as gone before.
func TestLookAtARenamedFileTellsItsOldPathFirst(t *testing.T) {
	h := polled(t, "z/a.jpg")
	h.rename("z/a.jpg", "b.jpg")
	h.w.Look("inbox", "b.jpg")
	h.hasExactly("b.jpg")
	if got, want := h.record.order(), []string{"+z/a.jpg", "-z/a.jpg", "+b.jpg"}; !slices.Equal(got, want) {
		t.Errorf("said %q, want %q", got, want)
	}
}

// The old path was taken by another file, which is not told before it has settled.
func TestRenamedFileWhoseOldPathIsTakenAgain(t *testing.T) {
	h := polled(t, "z/a.jpg")
	h.rename("z/a.jpg", "b.jpg")
	f, err := os.Create(h.path("z/a.jpg")) // somebody goes on writing to it
	h.must(err)
	defer f.Close()
	h.w.Look("inbox", "b.jpg")
	h.hasExactly("b.jpg")
	if got, want := h.record.order(), []string{"+z/a.jpg", "-z/a.jpg", "+b.jpg"}; !slices.Equal(got, want) {
		t.Errorf("said %q, want %q", got, want)
	}
	h.must(f.Close())
	h.w.Rescan("inbox")
	h.hasExactly("b.jpg", "z/a.jpg")
}

// Two names of one file are two files.
func TestSecondNameOfAFileLeavesTheFirst(t *testing.T) {
	h := polled(t, "a.jpg")
	h.must(os.Link(h.path("a.jpg"), h.path("b.jpg")))
	h.w.Look("inbox", "b.jpg")
	h.hasExactly("a.jpg", "b.jpg")
	if got := h.record.saidOf("a.jpg"); slices.Contains(got, "gone") {
		t.Errorf("said of a.jpg: %q", got)
	}
}

// A directory that cannot be entered says nothing of what is in it.
func TestRenamedOutOfADirectoryThatCannotBeRead(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root enters every directory")
	}
	h := polled(t, "z/a.jpg")
	h.must(os.Link(h.path("z/a.jpg"), h.path("b.jpg")))
	h.must(os.Chmod(h.path("z"), 0))
	defer os.Chmod(h.path("z"), 0o755)
	h.w.Look("inbox", "b.jpg")
	h.hasExactly("b.jpg", "z/a.jpg")
}

// TestFolderRenamedBeforeItsFilesAreTold: a file settled, and the folder above it is renamed before the record has heard of it. Where it stands now is told, and
// where it stood is not: a version that nobody can find would be counted, and end as one that vanished.
func TestFolderRenamedBeforeItsFilesAreTold(t *testing.T) {
	for name, told := range map[string]bool{"Together": false, "TheNewPlaceBefore": true} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			r := h.loop()
			h.scan(r)
			h.mkdir("old")
			h.write("old/a.jpg", "1")
			h.write("old/b.jpg", "22")
			h.must(os.Link(h.path("old/a.jpg"), h.path("c.jpg")))
			stood := []state.Sighting{{Path: "old/a.jpg", Print: h.print("old/a.jpg")}, {Path: "old/b.jpg", Print: h.print("old/b.jpg")}}
			h.rename("old", "new")
			var stands []state.Sighting
			for _, p := range []state.Path{"new/a.jpg", "new/b.jpg", "c.jpg"} {
				stands = append(stands, state.Sighting{Path: p, Print: h.print(p)})
			}
			order := append(slices.Clone(stood), stands...)
			if told {
				order = append(slices.Clone(stands), stood...)
			}
			for i, s := range order {
				h.must(r.say(t.Context(), s))
				if told && i == len(stands)-1 {
					h.must(r.flush(t.Context()))
				}
			}
			h.must(r.flush(t.Context()))
			if got, want := h.record.order(), []string{"+new/a.jpg", "+new/b.jpg", "+c.jpg"}; !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
				t.Errorf("said %q, want %q", got, want)
			}
		})
	}
}

// TestNameTakenBeforeItsFileIsTold: of a file that settled, and was renamed, the old place is another file's by now: that one is told once it has settled.
func TestNameTakenBeforeItsFileIsTold(t *testing.T) {
	h := newHouse(t)
	r := h.loop()
	h.scan(r)
	h.write("a.jpg", "1")
	stood := h.print("a.jpg")
	h.rename("a.jpg", "b.jpg")
	h.write("a.jpg", "another")
	h.age("a.jpg")
	h.must(r.say(t.Context(), state.Sighting{Path: "a.jpg", Print: stood}))
	h.must(r.say(t.Context(), state.Sighting{Path: "b.jpg", Print: h.print("b.jpg")}))
	h.must(r.flush(t.Context()))
	if got, want := h.record.order(), []string{"+b.jpg"}; !slices.Equal(got, want) {
		t.Errorf("said %q, want %q", got, want)
	}
	for len(h.record.here()) < 2 {
		_, err := r.step(t.Context())
		h.must(err)
	}
}

// TestTookOver: what stands where another root had it is this root's now, unless that one is still watched, or it is another name of the file.
func TestTookOver(t *testing.T) {
	src, err := source.New("sub", "/srv/in/sub")
	if err != nil {
		t.Fatal(err)
	}
	r := &rootWatch{name: "sub", src: src}
	r.peers = func(name string) *rootWatch {
		return map[string]*rootWatch{"sub": r, "watched": {name: "watched"}}[name]
	}
	for name, c := range map[string]struct {
		place Place
		want  bool
	}{
		"Above":             {Place{Root: "in", Dir: "/srv/in", Path: "sub/a/b.jpg"}, true},
		"Below":             {Place{Root: "a", Dir: "/srv/in/sub/a", Path: "b.jpg"}, true},
		"TheFileSystem":     {Place{Root: "all", Dir: "/", Path: "srv/in/sub/a/b.jpg"}, true},
		"ByHand":            {Place{Root: "", Dir: "", Path: "srv/in/sub/a/b.jpg"}, true},
		"AnotherName":       {Place{Root: "in", Dir: "/srv/in", Path: "sub/a/c.jpg"}, false},
		"WatchedStill":      {Place{Root: "watched", Dir: "/srv/in", Path: "sub/a/b.jpg"}, false},
		"OfTheRootItself":   {Place{Root: "sub", Dir: "/srv/in/sub", Path: "a/b.jpg"}, false},
		"AFolderOfThatName": {Place{Root: "in", Dir: "/srv/in/sub/a/b.jp", Path: "g"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := r.took(c.place, "a/b.jpg"); got != c.want {
				t.Errorf("%+v: %v", c.place, got)
			}
		})
	}
}

// TestAbandoned: what nobody watches any more is believed to have left a place where nothing stands, and no other.
func TestAbandoned(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "stands.jpg"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r := &rootWatch{name: "sub"}
	r.peers = func(name string) *rootWatch {
		return map[string]*rootWatch{"sub": r, "watched": {name: "watched"}}[name]
	}
	for name, c := range map[string]struct {
		place Place
		want  bool
	}{
		"Left":            {Place{Root: "before", Dir: dir, Path: "a/b.jpg"}, true},
		"ByHand":          {Place{Root: "", Dir: "", Path: state.Path(strings.TrimPrefix(dir, "/") + "/b.jpg")}, true},
		"Stands":          {Place{Root: "before", Dir: dir, Path: "stands.jpg"}, false},
		"CannotBeTold":    {Place{Root: "before", Dir: dir, Path: "stands.jpg/b.jpg"}, false},
		"WatchedStill":    {Place{Root: "watched", Dir: dir, Path: "b.jpg"}, false},
		"OfTheRootItself": {Place{Root: "sub", Dir: dir, Path: "b.jpg"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := r.abandoned(c.place); got != c.want {
				t.Errorf("%+v: %v", c.place, got)
			}
		})
	}
}
