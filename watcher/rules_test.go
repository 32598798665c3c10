package watcher

import (
	"errors"
	"strings"
	"testing"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/florasync/florasync/state"
)

func TestWants(t *testing.T) {
	plain := mustRules(t, true, nil, nil)
	flat := mustRules(t, false, nil, nil)
	user := mustRules(t, true, []string{"**/*.JPG", "raw/*.dng"}, []string{"**/skip/**", "drafts", "**/no-*.JPG"})
	for _, c := range []struct {
		rules *Rules
		path  state.Path
		taken bool
		rule  Rule
	}{
		{plain, "a.jpg", true, RuleInclude},
		{plain, "a.JPG", true, RuleInclude},
		{plain, "x/y/a.HeIc", true, RuleInclude},
		{plain, "a.pdf", true, RuleInclude},
		{plain, "a.txt", false, RuleInclude},
		{plain, "jpg", false, RuleInclude},
		{plain, "\xff\xfe.jpg", true, RuleInclude},
		{plain, "a\nb.jpg", true, RuleInclude},
		{plain, "[a]{b}*.jpg", true, RuleInclude},
		{plain, ".a.jpg", false, RuleHidden},
		{plain, ".git/a.jpg", false, RuleHidden},
		{plain, "x/.hidden/y/a.jpg", false, RuleHidden},
		{plain, "._a.jpg", false, RuleHidden},
		{plain, ".photo.jpg.Xy12Ab", false, RuleHidden},
		{plain, ".florasync-0123456789abcdef", false, RuleOwn},
		{plain, "a.jpg.part", false, RuleTemporary},
		{plain, "a.jpg.PARTIAL", false, RuleTemporary},
		{plain, "a.jpg~", false, RuleTemporary},
		{plain, "~$a.pdf", false, RuleTemporary},
		{plain, "a.jpg.!uT", false, RuleTemporary},
		{plain, "Thumbs.db", false, RuleTemporary},
		{plain, "@eaDir/a.jpg", false, RuleTemporary},
		{plain, "x/lost+found/a.jpg", false, RuleTemporary},
		{plain, "x.tmp/a.jpg", false, RuleTemporary},
		{flat, "a.jpg", true, RuleInclude},
		{flat, "x/a.jpg", false, RuleRecursive},
		{user, "a.JPG", true, RuleInclude},
		{user, "a.jpg", false, RuleInclude},
		{user, "raw/a.dng", true, RuleInclude},
		{user, "raw/x/a.dng", false, RuleInclude},
		{user, "x/skip/y/a.JPG", false, RuleExclude},
		{user, "drafts/a.JPG", false, RuleExclude},
		{user, "x/drafts/a.JPG", true, RuleInclude},
		{user, "x/no-a.JPG", false, RuleExclude},
	} {
		got := Wants(c.rules, c.path)
		if got.Taken != c.taken || got.Rule != c.rule {
			t.Errorf("%q: got %+v, want taken %v by %s", c.path, got, c.taken, c.rule)
		}
	}
}

func TestEveryTemporaryNameOfTheListIsRefused(t *testing.T) {
	r := mustRules(t, true, []string{"**"}, nil)
	for _, name := range strings.Fields(`x.part x.partial x.tmp x.temp x.crdownload x.download x.filepart x.uploading x.!ut x.aria2 x.swp x.swx x~ .~x ~$x
		.#x .x.jpg.aB3dE6 .~tmp~/x .rsync-partial/x .nfs0001 .fuse_hidden0001 .DS_Store ._x Thumbs.db desktop.ini @eaDir/x lost+found/x .Trash-1000/x`) {
		if d := Wants(r, state.Path(name)); d.Taken {
			t.Errorf("%q is taken", name)
		}
	}
	if d := Wants(r, "x.jpg"); !d.Taken {
		t.Errorf("x.jpg: %+v", d)
	}
}

func TestEnters(t *testing.T) {
	user := mustRules(t, true, nil, []string{"**/skip/**", "drafts"})
	for dir, want := range map[state.Path]bool{"x": true, "x/skip": false, "x/skip/y": false, "drafts": false, "x/drafts": true, ".git": false, "@eaDir": false} {
		if got := user.Enters(dir); got != want {
			t.Errorf("%q: got %v", dir, got)
		}
	}
	if mustRules(t, false, nil, nil).Enters("x") {
		t.Error("a root that is not recursive enters nothing")
	}
}

func TestBadPatternSaysWhichAndWhere(t *testing.T) {
	_, err := NewRules(true, []string{"**/*.jpg", "{a,b"}, nil)
	if err == nil || !errors.Is(err, doublestar.ErrBadPattern) || !strings.Contains(err.Error(), `include[1]: "{a,b"`) {
		t.Errorf("got %v", err)
	}
	if _, err = NewRules(true, nil, []string{"[z"}); err == nil || !strings.Contains(err.Error(), `exclude[0]: "[z"`) {
		t.Errorf("got %v", err)
	}
}

func mustRules(t *testing.T, recursive bool, include, exclude []string) *Rules {
	t.Helper()
	r, err := NewRules(recursive, include, exclude)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
