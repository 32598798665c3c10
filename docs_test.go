package florasync_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/telemetry"
	"github.com/florasync/florasync/state"
)

var update = flag.Bool("update", false, "rewrite the parts of the documents that are printed from the code")

// printed are the parts of documents that code prints: between the marks <!-- NAME --> and <!-- /NAME -->.
var printed = []struct {
	file, name string
	text       func() string
}{
	{"README.md", "machine", func() string { return "```\n" + state.Drawing() + "```\n" }},
	{"README.md", "configuration", config.Table},
	{"README.md", "events", events},
	{"docs/guarantees.md", "windows", state.WindowsTable},
}

func TestDocumentsSayWhatTheCodeSays(t *testing.T) {
	for _, p := range printed {
		t.Run(p.name, func(t *testing.T) {
			text, err := os.ReadFile(p.file)
			if err != nil {
				t.Fatal(err)
			}
			open, shut := fmt.Sprintf("<!-- %s -->\n", p.name), fmt.Sprintf("<!-- /%s -->", p.name)
			before, rest, found := strings.Cut(string(text), open)
			held, after, closed := strings.Cut(rest, shut)
			if !found || !closed {
				t.Fatalf("%s has no part between %s and %s", p.file, strings.TrimSpace(open), shut)
			}
			want := p.text()
			if held == want {
				return
			}
			if !*update {
				t.Fatalf("%s, %s, is not what the code prints: go test . -run %s -update", p.file, p.name, t.Name())
			}
			if err := os.WriteFile(p.file, []byte(before+open+want+shut+after), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func events() string {
	var b strings.Builder
	b.WriteString("| event | level | says |\n|---|---|---|\n")
	for _, s := range telemetry.Sentences() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", s.Event, s.Level, s.Message)
	}
	return b.String()
}
