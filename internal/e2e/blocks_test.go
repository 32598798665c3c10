//go:build linux

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// block is a shell block of a document. The comment before it says where a test runs it: `run: here` in the repository, `run: machine` on the booted
// Debian, or `not run:` and why.
type block struct {
	file string
	line int // of its first command
	how  string
	text string
}

// blocks returns the shell blocks of a document. Each has to say how it is run.
func blocks(t *testing.T, file string) (all []block) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, file))
	if err != nil {
		t.Fatal(err)
	}
	how, inside := "", false
	for i, line := range strings.Split(string(text), "\n") {
		switch {
		case !inside && strings.HasPrefix(line, "<!-- "):
			how = strings.TrimSuffix(strings.TrimPrefix(line, "<!-- "), " -->")
		case !inside && line == "```sh":
			inside = true
			all = append(all, block{file: file, line: i + 2, how: how})
			if how != "run: here" && how != "run: machine" && !strings.HasPrefix(how, "not run: ") {
				t.Errorf("%s:%d: nobody says how the block is run: %q", file, i+1, how)
			}
		case inside && line == "```":
			inside, how = false, ""
		case inside:
			b := &all[len(all)-1]
			b.text += line + "\n"
		case line != "":
			how = "" // it stands right before the block
		}
	}
	if len(all) == 0 {
		t.Errorf("%s has no shell block", file)
	}
	return all
}
