package uploader_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"

	"github.com/florasync/florasync/internal/sandbox"
)

// promises checks that exactly the files in the inbox are ready, each once, with its bytes, and that no rule of FLORA was broken.
func (b *bench) promises() {
	b.t.Helper()
	ready := map[string]int{}
	for _, a := range b.box.Assets() {
		if a.Status == sandbox.Ready {
			ready[a.SHA256]++
		}
	}
	files := 0
	b.eachFile(func(name, sum string) {
		files++
		if n := ready[sum]; n != 1 {
			b.t.Errorf("%s is ready %d times", name, n)
		}
	})
	if len(ready) != files {
		b.t.Errorf("%d ready assets for %d files", len(ready), files)
	}
	b.lawful()
}

// eachFile tells the digest of every file in the inbox.
func (b *bench) eachFile(tell func(name, sum string)) {
	b.t.Helper()
	err := filepath.WalkDir(b.root.Source.Path(), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		tell(strings.TrimPrefix(path, b.root.Source.Path()+"/"), hex.EncodeToString(sum[:]))
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) lawful() {
	b.t.Helper()
	for _, v := range b.box.Violations() {
		b.t.Errorf("violation: %+v", v)
	}
	report, err := b.queue.Check(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	for _, p := range report.Problems {
		b.t.Errorf("record: %v", p)
	}
}
