package state

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzPathText(f *testing.F) {
	for _, s := range []string{"a/b.png", "", `back\slash`, "new\nline", "\xff\xfe", "ü/\u202e.png", `\x41`, "�"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, text := range []string{Path(s).Text(), Path(s).Shown()} {
			got, err := ParsePath(text)
			if err != nil || string(got) != s {
				t.Fatalf("%q as %q: got %q, %v", s, text, got, err)
			}
			if !utf8.ValidString(text) {
				t.Fatalf("%q: text %q is not UTF-8", s, text)
			}
		}
		if strings.ContainsAny(Path(s).Shown(), "\x00\x1b\r\n\u202e") {
			t.Fatalf("%q: shown with control characters", s)
		}
	})
}

func TestPathText(t *testing.T) {
	for in, want := range map[string]string{"ü.png": "ü.png", "a\nb": "a\nb", "\xff": `\xff`, `a\b`: `a\\b`} {
		if got := Path(in).Text(); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := Path("a\n\u202eb").Shown(); got != `a\x0a\xe2\x80\xaeb` {
		t.Errorf("shown: got %q", got)
	}
	if _, err := ParsePath(`a\q`); err == nil {
		t.Error(`a\q parsed`)
	}
}

func TestPathParts(t *testing.T) {
	if p := Join("a/b", "c.png"); p.Dir() != "a/b" || p.Base() != "c.png" {
		t.Errorf("got %q %q", p.Dir(), p.Base())
	}
	if p := Join("", "c.png"); p != "c.png" || p.Dir() != "" || p.Base() != "c.png" {
		t.Errorf("got %q", p)
	}
}

func TestIDText(t *testing.T) {
	for _, id := range []ID{1, 35, 36, 1 << 40} {
		if got, err := ParseID(id.String()); err != nil || got != id {
			t.Errorf("%v: got %v, %v", id, got, err)
		}
	}
	for _, bad := range []string{"", "it_", "it_0", "it_-1", "x1", "it_%"} {
		if _, err := ParseID(bad); err == nil {
			t.Errorf("%q parsed", bad)
		}
	}
}

func TestResolve(t *testing.T) {
	for _, tc := range []struct{ folder, path, want string }{
		{"", "a.png", ""}, {"inbox/{dir}", "a.png", "inbox"}, {"inbox/{dir}", "x/y/a.png", "inbox/x/y"}, {"{dir}", "x/a.png", "x"},
		{"/a//b/", "x.png", "a/b"}, {"{dir}", "b\xffd\n/a.png", "b_d_"},
	} {
		if _, got := (Route{Workspace: "ws_a", Folder: tc.folder}).Resolve(Path(tc.path)); got != tc.want {
			t.Errorf("%q of %q: got %q, want %q", tc.folder, tc.path, got, tc.want)
		}
	}
	for _, bad := range []string{"{name}", "{dir", "a/../b", "a\nb", "./a"} {
		if CheckFolder(bad) == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	if err := CheckFolder("inbox/{dir}"); err != nil {
		t.Error(err)
	}
}

func FuzzFolder(f *testing.F) {
	f.Add("inbox/{dir}", "a/b.png")
	f.Add("{dir}{dir}", "\xff/\n/x")
	f.Fuzz(func(t *testing.T, folder, path string) {
		if CheckFolder(folder) != nil {
			return
		}
		_, got := Route{Folder: folder}.Resolve(Path(path))
		if strings.HasPrefix(got, "/") || strings.Contains(got, "//") || strings.ContainsFunc(strings.TrimSuffix(got, "/"), unprintable) {
			t.Fatalf("%q of %q: got %q", folder, path, got)
		}
	})
}

func TestCompare(t *testing.T) {
	a := Fingerprint{Inode: 1, Born: 2, MTime: 3, CTime: 4, Size: 5}
	touched, grown, renamed := a, a, a
	touched.MTime, grown.Size, renamed.CTime = 9, 6, 9
	for _, tc := range []struct {
		now  Fingerprint
		want Verdict
		same bool
	}{{a, Equal, true}, {touched, Doubt, false}, {grown, Different, false}, {renamed, Doubt, true}} {
		if got := Compare(a, tc.now); got != tc.want || a.SameFile(tc.now) != tc.same {
			t.Errorf("%+v: got %v same %v", tc.now, got, a.SameFile(tc.now))
		}
		if (a.Sum() == tc.now.Sum()) != (tc.want == Equal) {
			t.Errorf("%+v: sum", tc.now)
		}
	}
	if (Fingerprint{Size: 5}).SameFile(Fingerprint{Size: 5}) {
		t.Error("without an inode nothing is known to be the same file")
	}
}

func TestReservationKeyDependsOnEveryPart(t *testing.T) {
	it := Item{ID: 1, Path: "a.png", To: Destination{"ws_a", "f", "a.png", "image/png"}, Print: Fingerprint{1, 2, 3, 4, 5}}
	seen := map[string]int{ReservationKey(Machine{}, "/in", it): -1}
	for i, alter := range []func(*Item){
		func(i *Item) { i.Path = "b.png" }, func(i *Item) { i.To.Workspace = "ws_b" }, func(i *Item) { i.To.Folder = "g" }, func(i *Item) { i.To.Name = "b" },
		func(i *Item) { i.To.Type = "image/gif" }, func(i *Item) { i.Print.Inode++ }, func(i *Item) { i.Print.Born++ }, func(i *Item) { i.Print.MTime++ },
		func(i *Item) { i.Print.CTime++ }, func(i *Item) { i.Print.Size++ }, func(i *Item) { i.Generation++ }, func(i *Item) { i.To.Folder, i.To.Name = "fa", ".png" },
	} {
		other := it
		alter(&other)
		key := ReservationKey(Machine{}, "/in", other)
		if twin, twice := seen[key]; twice {
			t.Errorf("alteration %d has the key of %d", i, twin)
		}
		seen[key] = i
	}
	it.ID, it.Rev, it.Attempt, it.Renewals = 99, 7, 3, 2
	if _, same := seen[ReservationKey(Machine{}, "/in", it)]; !same {
		t.Error("the key depends on something a lost record would change")
	}
	if _, same := seen[ReservationKey(Machine{1}, "/in", it)]; same {
		t.Error("the key does not depend on the machine")
	}
}

func TestShownURL(t *testing.T) {
	for in, want := range map[string]string{
		"https://u:p@h/x?token=1#f": "https://h/x", "https://h/x": "https://h/x", "::bad?token=1": "::bad", "mailto:a@b": "", "https://h/%zz?token=1": "https://h/%zz",
	} {
		if got := ShownURL(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestClosedListsHaveNoTwins(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range Events {
		if seen[string(e)] {
			t.Errorf("event %q twice", e)
		}
		seen[string(e)] = true
	}
	seen = map[string]bool{}
	for _, r := range append(append([]Reason{}, ItemReasons...), BlockedReasons...) {
		if seen[string(r)] {
			t.Errorf("reason %q twice", r)
		}
		seen[string(r)] = true
	}
}
