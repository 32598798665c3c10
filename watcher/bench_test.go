package watcher

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
)

// sortedRecord knows files of one directory, in order, and finds a page of them without looking at the rest.
type sortedRecord struct {
	known []Known
	tb    testing.TB
}

func (r *sortedRecord) Known(_ context.Context, _, dir, after string, n int) ([]Known, error) {
	if dir != "" {
		return nil, nil
	}
	from := 0
	if after != "" {
		_, _ = fmt.Sscanf(after, "%d.jpg", &from)
		from++
	}
	return r.known[from:min(from+n, len(r.known))], nil
}

func (r *sortedRecord) Count(context.Context, string) (int64, error) { return int64(len(r.known)), nil }
func (r *sortedRecord) Revision() int64                              { return 0 }

func (r *sortedRecord) Dirs(context.Context, string, string, int) ([]string, error) { return nil, nil }

func (r *sortedRecord) Elsewhere(context.Context, string, []state.Sighting) ([]Place, error) {
	return nil, nil
}

func (r *sortedRecord) Sight(_ context.Context, batch []state.Sighting) error {
	r.tb.Errorf("told %+v of a root where nothing changed", batch[0])
	return nil
}

// endingRecord says when the first scan has ended.
type endingRecord struct {
	*sortedRecord
	ended chan struct{}
}

func (r *sortedRecord) Folder(context.Context, string) (source.Identity, error) {
	return source.Identity{}, nil
}

func (r *endingRecord) ScanDone(context.Context, string, Scan) (int, error) {
	close(r.ended)
	return 0, nil
}

// BenchmarkScanUnchanged is what a rescan costs for each file when nothing changed.
func BenchmarkScanUnchanged(b *testing.B) {
	const files = 20_000
	dir := b.TempDir()
	src, err := source.New("inbox", dir)
	if err != nil {
		b.Fatal(err)
	}
	record := &sortedRecord{tb: b}
	for i := range files {
		name := fmt.Sprintf("%06d.jpg", i)
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			b.Fatal(err)
		}
		e, err := src.Stat(state.Path(name))
		if err != nil {
			b.Fatal(err)
		}
		record.known = append(record.known, Known{Name: name, Sum: e.Print.Sum()})
	}
	b.ReportAllocs()
	for b.Loop() {
		ended := make(chan struct{})
		ctx, cancel := context.WithCancel(b.Context())
		w, err := New(Options{Roots: []Root{{Source: src, Recursive: true}}, Record: &endingRecord{record, ended}, Observer: &fakeObserver{}, NewHints: NewFSHints})
		if err != nil {
			b.Fatal(err)
		}
		done := make(chan struct{})
		go func() { defer close(done); _ = w.Run(ctx) }()
		<-ended
		cancel()
		<-done
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/files, "ns/file")
}
