package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/florasync/florasync/uploader"
)

// FuzzParse: whatever stands in a file, Parse neither panics nor leaks, tells a place for each error, and what it takes can be relied on.
func FuzzParse(f *testing.F) {
	example, err := os.ReadFile(exampleFile)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(example))
	f.Add(root + "  - &a {path: /b, workspace: ws_2, settle: 3d, max_size: 20MiB}\n  - <<: *a\n    path: /c\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse(EtcFile, []byte(text))
		var all Errors
		switch {
		case err == nil:
			relied(t, c)
		case !errors.As(err, &all) || len(all) == 0:
			t.Fatalf("%T is not Errors", err)
		}
		for _, e := range all {
			if e.File == "" || e.Message == "" || (e.Key != "" && e.Line < 1) {
				t.Errorf("no place: %#v", e)
			}
			if secret.MatchString(e.Error()) {
				t.Errorf("leaks: %s", e)
			}
		}
	})
}

func relied(t *testing.T, c *Config) {
	t.Helper()
	if c.API.Timeout <= 0 || c.Upload.Concurrency < 1 || slices.ContainsFunc(c.Upload.Bandwidth, func(t uploader.Turn) bool { return t.PerSecond < 0 || t.From < 0 || t.From >= 7*24*time.Hour }) || c.Upload.Drain < 0 || c.Upload.MaxAttempts < 1 {
		t.Errorf("out of range: %+v", c)
	}
	names := map[string]bool{}
	for _, w := range c.Watch {
		if !filepath.IsAbs(w.Path) || !strings.HasPrefix(w.Workspace, "ws_") || w.MinSize < 0 || w.MaxSize < 0 || w.Settle < 0 || w.Poll <= 0 || w.Name == "" {
			t.Errorf("out of range: %+v", w)
		}
		if (w.After == "move") != (w.MoveTo != "") || names[w.Name] {
			t.Errorf("does not go together: %+v", c.Watch)
		}
		names[w.Name] = true
	}
}
