package queue

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/florasync/florasync/state"
)

func openBench(b *testing.B) *Queue {
	b.Helper()
	q, err := Open(b.Context(), Options{Path: filepath.Join(b.TempDir(), "queue.db"), Create: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { q.Close() })
	if err := q.AddRoot(b.Context(), "inbox", "/srv/inbox"); err != nil {
		b.Fatal(err)
	}
	return q
}

const (
	benchFiles = 100_000
	benchBatch = 2000
)

// benchArrivals are n files from the one of that number on.
func benchArrivals(from, n int) []Arrival {
	now := time.Unix(1_700_000_000, 0).UTC()
	arrivals := make([]Arrival, n)
	for at := range arrivals {
		i := from + at
		arrivals[at] = Arrival{
			Sighting: state.Sighting{Root: "inbox", Path: state.Path(fmt.Sprintf("dir%04d/IMG_%06d.jpg", i/1000, i)), At: now,
				Print: state.Fingerprint{Inode: uint64(i + 1), Born: int64(i), MTime: int64(i), CTime: int64(i), Size: 3_000_000}},
			To: state.Destination{Workspace: "ws_bench", Folder: "inbox"},
		}
	}
	return arrivals
}

func fill(b *testing.B, q *Queue, arrivals []Arrival) {
	b.Helper()
	for len(arrivals) > 0 {
		n := min(benchBatch, len(arrivals))
		if _, err := q.Sight(b.Context(), arrivals[:n]); err != nil {
			b.Fatal(err)
		}
		arrivals = arrivals[n:]
	}
}

func BenchmarkSight100k(b *testing.B) {
	arrivals := benchArrivals(0, benchFiles)
	for range b.N {
		q := openBench(b)
		fill(b, q, arrivals)
	}
	b.ReportMetric(float64(benchFiles)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkRescan100k merges a listing of known names with the record, as a scan does, and reports the same versions again: no commit.
func BenchmarkRescan100k(b *testing.B) {
	arrivals := benchArrivals(0, benchFiles)
	q := openBench(b)
	fill(b, q, arrivals)
	before := q.Commits()
	b.ResetTimer()
	for range b.N {
		i := 0
		dirs, err := q.Dirs(b.Context(), "inbox", "", benchFiles)
		if err != nil || len(dirs) != benchFiles/1000 {
			b.Fatalf("%d directories, %v", len(dirs), err)
		}
		for _, dir := range dirs {
			for after := ""; ; {
				page, err := q.Known(b.Context(), "inbox", dir, after, 500)
				if err != nil {
					b.Fatal(err)
				}
				for _, k := range page {
					if k.Sum != arrivals[i].Print.Sum() {
						b.Fatalf("%s: another sum", k.Name)
					}
					i++
				}
				if len(page) < 500 {
					break
				}
				after = page[len(page)-1].Name
			}
		}
		if i != benchFiles {
			b.Fatalf("%d names", i)
		}
		fill(b, q, arrivals)
	}
	if q.Commits() != before {
		b.Fatalf("%d commits for nothing", q.Commits()-before)
	}
}
