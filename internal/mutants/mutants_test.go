package mutants

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var (
	kill = flag.Bool("mutants", false, "run the named test against each mutant; without it only that the table fits the program")
	only = flag.String("mutants.only", "", "regular expression of the mutants' names")
)

// mutant is the program without one of its rules.
type mutant struct {
	rule  string // number of the rule in the design, or the name of the paragraph
	name  string
	taken string // what is taken out
	edits []edit
	in    string // package of the test that must fail
	test  string // its name, as for -run
}

// edit replaces a text that occurs exactly once in its file.
type edit struct{ file, before, after string }

// testTimeout is how long a named test may take, with what it takes to compile; a mutant that makes it hang is not told by an assertion.
const testTimeout = 3 * time.Minute

func TestMutants(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	pick := regexp.MustCompile(*only)
	names := map[string]bool{}
	var report strings.Builder
	for _, m := range table {
		if names[m.name] {
			t.Errorf("two mutants are named %s", m.name)
		}
		names[m.name] = true
		if !pick.MatchString(m.name) {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			overlay := m.overlay(t, root)
			if !*kill {
				return
			}
			if first, killed := m.killed(t, root, overlay); killed {
				fmt.Fprintf(&report, "| %s | %s | `%s` in %s | %s |\n", m.rule, m.taken, m.test, m.in, first)
			}
		})
	}
	if *kill {
		t.Logf("\n| rule | taken out | the test that fails | how |\n|---|---|---|---|\n%s", report.String())
	}
}

// TestEveryRuleHasAMutant compares the table with the rules of the design.
func TestEveryRuleHasAMutant(t *testing.T) {
	there := map[string]bool{}
	for _, m := range table {
		there[m.rule] = true
	}
	for _, rule := range rules {
		if !there[rule] {
			t.Errorf("no mutant for %s", rule)
		}
		delete(there, rule)
	}
	for rule := range there {
		t.Errorf("the table has mutants for %s, which is no rule", rule)
	}
}

// overlay writes the changed files, and the list that tells the go command of them.
func (m mutant) overlay(t *testing.T, root string) string {
	t.Helper()
	dir := t.TempDir()
	changed := map[string]string{}
	for _, e := range m.edits {
		path := filepath.Join(root, e.file)
		text, ok := changed[path]
		if !ok {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			text = string(raw)
		}
		if n := strings.Count(text, e.before); n != 1 {
			t.Fatalf("%s: the text to replace occurs %d times, want once:\n%s", e.file, n, e.before)
		}
		changed[path] = strings.Replace(text, e.before, e.after, 1)
	}
	for path, text := range changed {
		if _, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution); err != nil {
			t.Fatalf("the changed file is no Go: %v", err)
		}
	}
	list := struct{ Replace map[string]string }{map[string]string{}}
	for path, text := range changed {
		there := filepath.Join(dir, fmt.Sprintf("%d-%s", len(list.Replace), filepath.Base(path)))
		if err := os.WriteFile(there, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		list.Replace[path] = there
	}
	raw, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// killed runs the named test against the mutant and returns the first line of its failure.
func (m mutant) killed(t *testing.T, root, overlay string) (first string, killed bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "test", "-overlay="+overlay, "-count=1", "-failfast", "-timeout="+testTimeout.String(), "-run", m.test, m.in)
	cmd.Dir = root
	raw, err := cmd.CombinedOutput()
	out := string(raw)
	switch {
	case ctx.Err() != nil, strings.Contains(out, "test timed out"):
		t.Errorf("%s hangs without %s", m.test, m.taken)
	case strings.Contains(out, "[build failed]"), strings.Contains(out, "[setup failed]"):
		t.Errorf("does not compile:\n%s", out)
	case strings.Contains(out, "no tests to run"):
		t.Errorf("%s has no test %s", m.in, m.test)
	case err == nil:
		t.Errorf("nothing notices that this is taken out: %s", m.taken)
	case !strings.Contains(out, "--- FAIL: "):
		t.Errorf("failed, and by no assertion:\n%s", out)
	default:
		return firstFailure(out), true
	}
	return "", false
}

var asserted = regexp.MustCompile(`(?m)^\s+\w+\.go:\d+: (.*)$`)

// firstFailure is the first line that an assertion printed.
func firstFailure(out string) string {
	line := "a failure without words"
	if found := asserted.FindStringSubmatch(out); found != nil {
		line = found[1]
	}
	if len(line) > 160 {
		line = line[:160] + "…"
	}
	return strings.ReplaceAll(strings.TrimSpace(line), "|", `\|`)
}
