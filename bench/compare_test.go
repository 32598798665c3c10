package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkCompare runs the comparison on a few files, so that it is seen to work; `go run ./bench` is the measure.
func BenchmarkCompare(b *testing.B) {
	for b.Loop() {
		dir := b.TempDir()
		s := settings{dir: dir, rounds: 1, concurrency: 4, scale: 0.003, tools: []string{theWire, florasync},
			jsonTo: filepath.Join(dir, "results.json"), plotTo: filepath.Join(dir, "waiting.svg")}
		if err := run(b.Context(), s, io.Discard, io.Discard); err != nil {
			b.Fatal(err)
		}
		text, err := os.ReadFile(s.jsonTo)
		if err != nil {
			b.Fatal(err)
		}
		var r report
		if err := json.Unmarshal(text, &r); err != nil {
			b.Fatal(err)
		}
		if want := 2 * len(workloads(1)); len(r.Rows) != want || len(r.Waiting) != 4 {
			b.Errorf("%d rows and %d depths, want %d and 4", len(r.Rows), len(r.Waiting), want)
		}
		for _, row := range r.Rows {
			if row.Seconds <= 0 || row.CPUPer1000 <= 0 || row.SpeedRatio <= 0 || (row.Tool == florasync) != (row.Commits > 0) {
				b.Errorf("a row that cannot be: %+v", row)
			}
		}
		if plot, err := os.Stat(s.plotTo); err != nil || plot.Size() == 0 {
			b.Errorf("no plot: %v", err)
		}
	}
}
