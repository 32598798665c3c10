package source

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkWalk is what a listing with the stamps of each file costs.
func BenchmarkWalk(b *testing.B) {
	const files = 20_000
	dir := b.TempDir()
	for i := range files {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%06d.jpg", i)), nil, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	root, err := New("inbox", dir)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		if _, err := root.Walk("", func(Entry, Names) error { n++; return nil }); err != nil || n != files {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/files, "ns/file")
}
