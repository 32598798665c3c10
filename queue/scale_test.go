package queue

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/florasync/florasync/state"
)

// Benchmarks of what must not grow with the record: bytes a file, cost a row, time to the first row. In CI they run once and small (-short), so that they
// cannot rot; the numbers in docs/performance.md are of the full sizes.

var benchLane = state.Lane{Root: "inbox"}

// sized is n, or the small one under -short.
func sized(n, small int) int {
	if testing.Short() {
		return small
	}
	return n
}

// steps take a row to done as the uploader does, with what FLORA answers: an asset id, a request id a step, the asset's URL.
func steps(it state.Item, at time.Time) []state.Outcome {
	asset := fmt.Sprintf("asset_%020x", uint64(it.ID)*0x9e3779b97f4a7c15)
	request := func(step int) string { return fmt.Sprintf("req_%016x%d", uint64(it.ID)*0x9e3779b97f4a7c15, step) }
	to := it.To
	to.Name, to.Type = it.Path.Base(), "image/jpeg"
	var digest [32]byte
	rand.NewChaCha8([32]byte{byte(it.ID), byte(it.ID >> 8), byte(it.ID >> 16), 1}).Read(digest[:])
	url := "https://ik.imagekit.io/flora/" + to.Workspace + "/" + asset + "/" + to.Name
	return []state.Outcome{
		state.IsReserved(asset, to).By(request(0), 81*time.Millisecond), state.Sent(digest, it.Print.Size).By("", 420*time.Millisecond),
		state.IsCompleted().By(request(2), 64*time.Millisecond), state.IsReady(url, at, true, state.Work{}).By(request(3), 33*time.Millisecond),
	}
}

// complete takes rows to done, step by step, those of one step in one transaction.
func complete(b *testing.B, q *Queue, items []state.Item, now time.Time) {
	b.Helper()
	todo := make([][]state.Outcome, len(items))
	for i, it := range items {
		todo[i] = steps(it, now)
	}
	for step := range todo[0] {
		for i, it := range items {
			c := state.Change{ID: it.ID, Rev: it.Rev, At: now.Add(time.Duration(step) * 300 * time.Millisecond), Outcome: todo[i][step]}
			var err error
			if i == len(items)-1 {
				items[i], err = q.Apply(b.Context(), c)
			} else {
				items[i], err = q.Submit(c)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	for _, it := range items {
		q.Release(it.ID, time.Time{})
	}
}

// fillNew takes n files in, from the one of that number on, and holds no more of them in memory than a scan does.
func fillNew(b *testing.B, q *Queue, from, n int) {
	b.Helper()
	for end := from + n; from < end; from += benchBatch {
		fill(b, q, benchArrivals(from, min(benchBatch, end-from)))
	}
}

// completeAll takes n rows to done, a few at a time: in the order in which they wait, or any.
func completeAll(b *testing.B, q *Queue, n, together int, random bool) {
	b.Helper()
	now := time.Unix(1_700_000_100, 123_456_789)
	ahead := together
	if random {
		ahead = n
	}
	dice := rand.New(rand.NewPCG(1, 2))
	for done := 0; done < n; {
		items, _, err := q.Claim(b.Context(), now, benchLane, min(ahead, n-done))
		if err != nil || len(items) == 0 {
			b.Fatalf("%d claimed after %d: %v", len(items), done, err)
		}
		done += len(items)
		if random {
			dice.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
		}
		for ; len(items) > 0; items = items[min(together, len(items)):] {
			complete(b, q, items[:min(together, len(items))], now)
		}
	}
}

// used is how much of the file was ever written to: it grows by 16 MiB at a time.
func used(b *testing.B, q *Queue) (n int64) {
	b.Helper()
	err := q.view(b.Context(), func(tx *bolt.Tx, _ head) error {
		n = tx.Size()
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkRecordBytes is what a finished file takes on disk, whatever the order in which files are finished.
func BenchmarkRecordBytes(b *testing.B) {
	n := sized(100_000, 500)
	for name, random := range map[string]bool{"InOrder": false, "InAnyOrder": true} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				q := openBench(b)
				q.file.db.NoSync = true
				fillNew(b, q, 0, n)
				waiting := used(b, q)
				completeAll(b, q, n, 16, random)
				b.ReportMetric(float64(waiting)/float64(n), "B/waiting")
				b.ReportMetric(float64(used(b, q))/float64(n), "B/finished")
			}
		})
	}
}

// processorTime is what the process has used so far, in user and system mode: steadier than the clock on a machine that does other things.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkClaimApply takes rows of a long line from claimed to done. Its cost must not depend on the length of the line.
func BenchmarkClaimApply(b *testing.B) {
	for _, waiting := range []int{sized(1000, 100), sized(1_000_000, 1000)} {
		b.Run(fmt.Sprintf("of%d", waiting), func(b *testing.B) {
			q := openBench(b)
			q.file.db.NoSync = true // the disk's time does not depend on the line, and is not steady
			fillNew(b, q, 0, waiting)
			now := time.Unix(1_700_000_001, 0)
			var used time.Duration
			b.ResetTimer()
			for i := 0; i < b.N; {
				began := processorTime(b)
				items, _, err := q.Claim(b.Context(), now, benchLane, min(16, b.N-i))
				if err != nil {
					b.Fatal(err)
				}
				if len(items) == 0 {
					b.StopTimer()
					fillNew(b, q, waiting+i, waiting)
					b.StartTimer()
					continue
				}
				i += len(items)
				complete(b, q, items, now)
				used += processorTime(b) - began
			}
			b.ReportMetric(float64(used.Microseconds())/float64(b.N), "µs-cpu/row")
		})
	}
}

// BenchmarkOpenAndClaim opens a record of many finished rows and few that wait, and claims the first.
func BenchmarkOpenAndClaim(b *testing.B) {
	done, waiting := sized(1_000_000, 2000), sized(1000, 10)
	dir := b.TempDir()
	o := Options{Path: filepath.Join(dir, "queue.db"), Create: true, NoSync: true}
	q, err := Open(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	if err := q.AddRoot(b.Context(), "inbox", "/srv/inbox"); err != nil {
		b.Fatal(err)
	}
	fillNew(b, q, 0, done)
	completeAll(b, q, done, 1000, false)
	fillNew(b, q, done, waiting)
	if err := q.Close(); err != nil {
		b.Fatal(err)
	}
	o.NoSync = false
	for b.Loop() {
		q, err := Open(b.Context(), o)
		if err != nil {
			b.Fatal(err)
		}
		items, _, err := q.Claim(b.Context(), time.Unix(1_700_000_200, 0), benchLane, 1)
		if err != nil || len(items) != 1 {
			b.Fatalf("%d claimed: %v", len(items), err)
		}
		if err := q.Close(); err != nil {
			b.Fatal(err)
		}
	}
	if info, err := os.Stat(o.Path); err == nil {
		b.ReportMetric(float64(info.Size())/float64(done+waiting), "B/file")
	}
}
