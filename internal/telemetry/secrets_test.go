package telemetry

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/florasync/florasync/state"
)

var secrets = []string{"hunter2", "sk_live_abc123", "AbC0sig"}

func TestNoLineHoldsASecret(t *testing.T) { // invariant 3
	texts := []string{
		`Post "https://flo:hunter2@up.example/x?X-Goog-Signature=AbC0sig&a=b": dial tcp: refused`,
		"GET https://up.example/x?sig=AbC0sig#hunter2: 400",
		"proxyconnect tcp: dial flo:hunter2@proxy:3128: refused",
		"Authorization: Bearer sk_live_abc123",
		"authorization: bearer hunter2.AbC0sig=",
		"Proxy-Authorization: Basic AbC0sig==",
		"the key sk_live_abc123 is refused",
		`{"token": "AbC0sig", "signature":"AbC0sig", "password" : "hunter2"}`,
		"token=AbC0sig&signature=hunter2",
		"(see http://flo:hunter2@h/)",
		"socks5://flo:hunter2@proxy:1080",
		"https://h/%zz?sig=AbC0sig",
	}
	for _, format := range []string{"json", "console", "journald"} {
		tel, out := open(t, Options{Level: Debug, Format: format})
		for _, text := range texts {
			tel.Noticed(state.Notice{Event: state.APIDownSeen, Err: errors.New(text), Hint: text})
			it := file()
			it.URL, it.AssetURL = "https://flo:hunter2@h/a?sig=AbC0sig", "https://h/a?sig=AbC0sig"
			tel.Applied(state.Applied{After: it})
			apply(t, tel, file(), state.Fail("x", &state.Fault{Message: text, Hint: text}))
			for _, line := range out.take() {
				for _, s := range secrets {
					if strings.Contains(line, s) {
						t.Errorf("%s: %q leaks %s", format, line, s)
					}
				}
			}
		}
	}
}

func TestScrubLeavesTheRest(t *testing.T) {
	for _, text := range []string{"open /srv/a b: permission denied", "https://up.example/x/y", "FLORA says 422: workspace_id: unknown", "10:30:59 a@b",
		"see https://up.example/x."} {
		if got := scrub(text); got != text {
			t.Errorf("got %q, want %q", got, text)
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add("a\nb", "https://u:p@h/?q", "\xff\x1b[2J")
	f.Fuzz(func(t *testing.T, path, text, root string) {
		for _, format := range []string{"json", "console", "journald"} {
			var out bytes.Buffer
			tel, err := New(Options{Level: Debug, Format: format, Out: &out})
			if err != nil {
				t.Fatal(err)
			}
			tel.Noticed(state.Notice{Event: state.FileBlocked, Root: root, Path: state.Path(path), Err: errors.New(text), Hint: text,
				Counts: map[string]int64{text: 1}})
			line, whole := strings.CutSuffix(out.String(), "\n")
			if !whole || strings.ContainsFunc(line, hostile) && format != "json" || strings.Contains(line, "\n") { // invariant 4
				t.Errorf("%s: %q", format, out.String())
			}
			if format == "json" && !json.Valid([]byte(line)) {
				t.Errorf("not JSON: %q", line)
			}
		}
	})
}
