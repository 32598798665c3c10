package florasync_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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
	{"docs/configure.md", "configuration", config.Table},
	{"README.md", "events", events},
	{"docs/guarantees.md", "windows", state.WindowsTable},
	{"docs/watching.md", "scenarios", scenarios},
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

// scenarios are the scripts with their first lines.
func scenarios() string {
	var b strings.Builder
	b.WriteString("| scenario | |\n|---|---|\n")
	var scripts []string
	for _, pattern := range []string{"internal/scenarios/testdata/*.txtar", "internal/scenarios/testdata/limits/*.txtar"} {
		found, _ := filepath.Glob(pattern)
		scripts = append(scripts, found...)
	}
	for _, path := range scripts {
		text, err := os.ReadFile(path)
		if err != nil {
			return err.Error()
		}
		first, _, _ := strings.Cut(string(text), "\n")
		fmt.Fprintf(&b, "| %s | %s |\n", strings.TrimSuffix(filepath.Base(path), ".txtar"), strings.TrimPrefix(first, "# "))
	}
	return b.String()
}

// TestWhatTheDocumentsCiteExists: a test that a document names is there.
func TestWhatTheDocumentsCiteExists(t *testing.T) {
	cited := regexp.MustCompile("`([a-z/]+)` ((?:Test|Benchmark)[A-Za-z0-9]+)")
	documents, _ := filepath.Glob("docs/*.md")
	n := 0
	for _, path := range documents {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range cited.FindAllStringSubmatch(string(text), -1) {
			n++
			files, _ := filepath.Glob(m[1] + "/*_test.go")
			if !slices.ContainsFunc(files, func(f string) bool {
				code, err := os.ReadFile(f)
				return err == nil && strings.Contains(string(code), "func "+m[2]+"(")
			}) {
				t.Errorf("%s: there is no %s in %s", path, m[2], m[1])
			}
		}
	}
	if n == 0 {
		t.Error("no document cites a test")
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

// TestRunbookHasEveryReasonAndAlert: the runbook has a section for each reason that can stop work, each reason of a file, and each alert, and no other.
func TestRunbookHasEveryReasonAndAlert(t *testing.T) {
	text, err := os.ReadFile("docs/runbook.md")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := os.ReadFile("deploy/prometheus/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, r := range state.BlockedReasons {
		want = append(want, string(r))
	}
	for _, r := range state.ItemReasons {
		want = append(want, string(r))
	}
	for _, m := range regexp.MustCompile(`(?m)^\s*- alert: (\w+)$`).FindAllStringSubmatch(string(rules), -1) {
		want = append(want, m[1])
		if !strings.Contains(string(rules), "docs/runbook.md#"+strings.ToLower(m[1])+"\n") {
			t.Errorf("alert %s does not name its section", m[1])
		}
	}
	var got []string
	for _, m := range regexp.MustCompile(`(?m)^### (.+)$`).FindAllStringSubmatch(string(text), -1) {
		got = append(got, m[1])
	}
	if !slices.Equal(got, want) {
		t.Errorf("sections %q, want %q", got, want)
	}
}
