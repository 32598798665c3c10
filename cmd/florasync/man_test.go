package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/florasync/florasync/internal/config"
)

// TestManualPages: man(7) knows every request of them, and nothing is left out.
func TestManualPages(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	commands, configuration := m.run("man").must(0).out, m.run("man", "5").must(0).out
	if m.run("man", "1").must(0).out != commands {
		t.Error("page 1 is not the page of the commands")
	}
	m.run("man", "7").must(2, "7")
	for _, page := range []string{commands, configuration} {
		for line := range strings.Lines(page) {
			if strings.HasPrefix(line, "'") || strings.HasPrefix(line, ".") && !strings.Contains(".TH.SH.SS.PP.TP.B.nf.fi", strings.Fields(line)[0]) {
				t.Errorf("man(7) knows no request %q", line)
			}
		}
	}
	for _, want := range []string{".TH FLORASYNC 1", ".SS \"florasync state backup FILE\"", "concurrency", ".SH EXIT STATUS", ".SH FILES"} {
		if !strings.Contains(commands, want) {
			t.Errorf("florasync(1) has no %s", want)
		}
	}
	for _, key := range config.Keys() {
		if !strings.Contains(configuration, ".B "+roff(key)+"\n") {
			t.Errorf("florasync.yaml(5) has no %s", key)
		}
	}
}

// TestExitCodesAreTheReadmes: the manual page and the README say the same of each.
func TestExitCodesAreTheReadmes(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	plain := strings.ReplaceAll(string(readme), "`", "")
	for _, e := range exits {
		if row := fmt.Sprintf("| %d | %s |\n", e.code, e.means); !strings.Contains(plain, row) {
			t.Errorf("the README has no %s", row)
		}
	}
}
