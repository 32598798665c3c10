package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// BenchmarkSmallFiles uploads 5,000 files of 20 kB, from the start of `run --once` to its end, against a durable sandbox and one that does not wait for
// the disk.
func BenchmarkSmallFiles(b *testing.B) {
	for name, flags := range map[string][]string{"Durable": nil, "NoSync": {"--no-sync"}} {
		b.Run(name, func(b *testing.B) {
			n := scale(5000, 50)
			for b.Loop() {
				b.StopTimer()
				inbox := b.TempDir()
				content := make([]byte, 20_000)
				for i := range n {
					rand.Read(content)
					copy(content, "\x89PNG\r\n\x1a\n")
					write(b, filepath.Join(inbox, fmt.Sprintf("%02d", i%50), fmt.Sprintf("%05d.png", i)), content)
				}
				url := sandbox(b, flags...)
				b.StartTimer()
				took, anonymous := once(b, inbox, b.TempDir(), url)
				b.ReportMetric(float64(n)/took.Seconds(), "files/s")
				b.ReportMetric(float64(anonymous)/(1<<20), "MiB-anon")
			}
		})
	}
}

// BenchmarkLargeFile uploads one file of 2 GiB.
func BenchmarkLargeFile(b *testing.B) {
	size := int64(scale(2<<30, 32<<20))
	for b.Loop() {
		inbox := b.TempDir()
		write(b, filepath.Join(inbox, "film.mp4"), nil)
		if err := os.Truncate(filepath.Join(inbox, "film.mp4"), size); err != nil {
			b.Fatal(err)
		}
		took, anonymous := once(b, inbox, b.TempDir(), sandbox(b, "--no-sync"))
		b.ReportMetric(float64(size)/1e6/took.Seconds(), "MB/s")
		b.ReportMetric(float64(anonymous)/(1<<20), "MiB-anon")
	}
}

// BenchmarkRescan starts on a folder of 100,000 files that are all done already. The record's file must be the same afterwards, byte for byte.
func BenchmarkRescan(b *testing.B) {
	n := scale(100_000, 1000)
	inbox, dir := b.TempDir(), b.TempDir()
	plant(b, inbox, n)
	allDone(b, inbox, dir, n)
	url := sandbox(b, "--no-sync")
	once(b, inbox, dir, url) // the first run notes that the folder was scanned
	record := filepath.Join(dir, "florasync.db")
	before := sum(b, record)
	for b.Loop() {
		took, anonymous := once(b, inbox, dir, url)
		b.ReportMetric(float64(n)/took.Seconds(), "files/s")
		b.ReportMetric(float64(anonymous)/(1<<20), "MiB-anon")
		if after := sum(b, record); after != before {
			b.Fatal("the rescan wrote to the record")
		}
	}
}

// allDone makes a record in which every file of the folder is done.
func allDone(b *testing.B, inbox, dir string, n int) { known(b, inbox, dir, n, n) }

// known makes a record of the folder's n files, of which the first are done and the others wait. It is two days old.
func known(b *testing.B, inbox, dir string, n, done int) {
	b.Helper()
	ctx := context.Background()
	name := filepath.Base(inbox)
	q, err := queue.Open(ctx, queue.Options{Path: filepath.Join(dir, "florasync.db"), Create: true, NoSync: true})
	if err == nil {
		err = errors.Join(q.AddRoot(ctx, name, inbox), q.SetBirth(ctx, time.Now().Add(-48*time.Hour)))
	}
	if err != nil {
		b.Fatal(err)
	}
	sightAll(b, q, inbox, n, 0, done)
	finish(b, q, name)
	sightAll(b, q, inbox, n, done, n)
	if err := q.Close(); err != nil {
		b.Fatal(err)
	}
}

// sightAll enqueues the planted files from one to another of n.
func sightAll(b *testing.B, q *queue.Queue, inbox string, n, from, to int) {
	b.Helper()
	name := filepath.Base(inbox)
	root, err := source.New(name, inbox)
	if err != nil {
		b.Fatal(err)
	}
	const most = 10_000
	var batch []queue.Arrival
	for i := from; i < to; i++ {
		p := state.Path(planted(i, n))
		e, err := root.Stat(p)
		if err != nil {
			b.Fatal(err)
		}
		batch = append(batch, queue.Arrival{Sighting: state.Sighting{Root: name, Path: p, Print: e.Print, At: time.Now()}})
		if len(batch) < most && i < to-1 {
			continue
		}
		if _, err := q.Sight(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
		batch = batch[:0]
	}
}

// finish brings every row to done.
func finish(b *testing.B, q *queue.Queue, root string) {
	b.Helper()
	ctx := context.Background()
	to := state.Destination{Workspace: "ws_bench", Name: "a.png", Type: "image/png"}
	for {
		items, _, err := q.Claim(ctx, time.Now(), state.Lane{Root: root}, 1000)
		if err != nil {
			b.Fatal(err)
		}
		if len(items) == 0 {
			return
		}
		for _, it := range items {
			for _, o := range []state.Outcome{state.IsReserved(fmt.Sprintf("asset_%d", it.ID), to), state.Sent([32]byte{1}, it.Print.Size),
				state.IsReady("https://x/y", time.Now(), true, state.Work{})} {
				if it, err = q.Submit(state.Change{ID: it.ID, Rev: it.Rev, At: time.Now(), Outcome: o}); err != nil {
					b.Fatal(err)
				}
			}
			q.Release(it.ID, time.Time{})
		}
	}
}

func write(b *testing.B, path string, content []byte) {
	b.Helper()
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, content, 0o644)
	}
	if err != nil {
		b.Fatal(err)
	}
}

func sum(b *testing.B, path string) [32]byte {
	b.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	return sha256.Sum256(bytes.TrimSpace(text))
}
