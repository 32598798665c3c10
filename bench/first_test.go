package main

import (
	"strconv"
	"testing"
	"time"
)

// BenchmarkFirstUpload starts on a record in which almost all files are done and some wait, and counts from the start of the process until the bytes of the
// first of these are at the storage, and until all are ready.
func BenchmarkFirstUpload(b *testing.B) {
	done, waiting := scale(1_000_000, 2000), scale(1000, 10)
	inbox := b.TempDir()
	plant(b, inbox, done+waiting)
	for b.Loop() {
		b.StopTimer()
		dir := b.TempDir()
		known(b, inbox, dir, done+waiting, done)
		url := sandbox(b, "--no-sync")
		b.StartTimer()
		d := start(b, url, inbox, dir, "--log-level", "debug")
		d.until("asset.uploaded")
		b.ReportMetric(time.Since(d.began).Seconds(), "s-to-first-upload")
		for range waiting {
			d.until("asset.ready")
		}
		b.ReportMetric(time.Since(d.began).Seconds(), "s-to-all-ready")
		b.ReportMetric(float64(d.peak())/(1<<20), "MiB-anon")
		d.stop()
	}
}

// BenchmarkManyWaiting counts the processor time of a file, the whole process's, with few and with very many others waiting.
func BenchmarkManyWaiting(b *testing.B) {
	served := scale(4000, 20)
	for _, n := range []int{scale(5000, 2000), scale(1_000_000, 4000)} {
		inbox := b.TempDir()
		plant(b, inbox, n)
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				dir := b.TempDir()
				known(b, inbox, dir, n, 0)
				url := sandbox(b, "--no-sync")
				b.StartTimer()
				d := start(b, url, inbox, dir, "--log-level", "info")
				d.until("scan.finished")
				before := d.cpu()
				for range served {
					d.until("asset.ready")
				}
				b.ReportMetric(float64((d.cpu()-before).Microseconds())/float64(served), "µs-cpu/file")
				d.stop()
			}
		})
	}
}
