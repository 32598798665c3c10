package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// nowhere is an address where nothing listens: what is measured with it are watching and queueing alone, while FLORA is down.
const nowhere = "http://127.0.0.1:9/api/v1"

// BenchmarkRestartAllDone starts on a tree whose files are all done, and compares the time until the scan has ended with that of find on the same tree.
// The record's file must be the same afterwards, byte for byte; then the daemon is left alone, and what it costs is counted.
func BenchmarkRestartAllDone(b *testing.B) {
	n := scale(1_000_000, 2000)
	inbox, dir := b.TempDir(), b.TempDir()
	plant(b, inbox, n)
	allDone(b, inbox, dir, n)
	find(b, inbox)
	for b.Loop() {
		d := watch(b, inbox, dir) // the first run notes that the folder was scanned
		d.until("scan.finished")
		d.stop()
		record := filepath.Join(dir, "florasync.db")
		before, walk := sum(b, record), find(b, inbox)
		d = watch(b, inbox, dir)
		d.until("scan.finished")
		took := time.Since(d.began)
		b.ReportMetric(took.Seconds(), "s-to-scanned")
		b.ReportMetric(took.Seconds()/walk.Seconds(), "×find")
		b.ReportMetric(float64(d.peak())/(1<<20), "MiB-anon")
		idle := time.Duration(scale(60, 1)) * time.Second
		cpu := d.cpu()
		time.Sleep(idle)
		b.ReportMetric(100*(d.cpu()-cpu).Seconds()/idle.Seconds(), "%core-idle")
		b.ReportMetric(float64(rssAnon(d.cmd.Process.Pid))/(1<<20), "MiB-anon-idle")
		d.stop()
		if sum(b, record) != before {
			b.Fatal("the restart wrote to the record")
		}
	}
}

// BenchmarkFirstIndex has a new record take in a tree, while nothing can be uploaded; and as many files in one directory.
func BenchmarkFirstIndex(b *testing.B) {
	for name, path := range map[string]func(i, n int) string{
		"Spread":       planted,
		"OneDirectory": func(i, _ int) string { return fmt.Sprintf("all/%06d.png", i) },
	} {
		b.Run(name, func(b *testing.B) { firstIndex(b, path) })
	}
}

func firstIndex(b *testing.B, path func(i, n int) string) {
	n := scale(1_000_000, 2000)
	inbox := b.TempDir()
	plantAs(b, inbox, n, path)
	time.Sleep(time.Duration(scale(11, 0)) * time.Second) // what is that old is not looked at twice
	find(b, inbox)
	for b.Loop() {
		walk := find(b, inbox)
		d := watch(b, inbox, b.TempDir())
		d.until("scan.finished")
		b.ReportMetric(time.Since(d.began).Seconds(), "s-to-scanned")
		for d.seen() < n && time.Since(d.began) < 5*time.Minute { // the youngest files settle first
			time.Sleep(200 * time.Millisecond)
		}
		took := time.Since(d.began)
		b.ReportMetric(took.Seconds(), "s-to-indexed")
		b.ReportMetric((took - walk).Seconds(), "s-beyond-find")
		b.ReportMetric(float64(d.peak())/(1<<20), "MiB-anon")
		if seen := d.seen(); seen != n {
			b.Fatalf("%d of %d are in the record", seen, n)
		}
		d.stop()
	}
}

// BenchmarkBurst creates files as fast as two processes can, and waits until all are in the record.
func BenchmarkBurst(b *testing.B) {
	n := scale(100_000, 500)
	for b.Loop() {
		inbox := b.TempDir()
		d := watch(b, inbox, b.TempDir())
		d.until("scan.finished")
		var writers sync.WaitGroup
		for i := range 2 {
			writers.Go(func() {
				script := fmt.Sprintf(`mkdir %[1]s/%[2]d; cd %[1]s/%[2]d; i=0; while [ $i -lt %[3]d ]; do printf '\211PNG%%s' $i > $i.png; i=$((i+1)); done`, inbox, i, n/2)
				if out, err := exec.Command("sh", "-c", script).CombinedOutput(); err != nil {
					b.Errorf("%v: %s", err, out)
				}
			})
		}
		writers.Wait()
		last := time.Now()
		for d.seen() < n {
			if time.Since(last) > time.Minute {
				b.Fatalf("%d of %d are in the record", d.seen(), n)
			}
			time.Sleep(200 * time.Millisecond) // asking is a process of its own
		}
		b.ReportMetric(time.Since(last).Seconds(), "s-after-last")
		b.ReportMetric(float64(d.peak())/(1<<20), "MiB-anon")
		d.stop()
	}
}

// BenchmarkCloseToEnqueued measures from the close of a file to the line that says it is in the record, which is written behind the commit.
func BenchmarkCloseToEnqueued(b *testing.B) {
	n := scale(200, 3)
	for b.Loop() {
		inbox, beside := b.TempDir(), b.TempDir()
		for i := range n {
			write(b, filepath.Join(beside, strconv.Itoa(i)), []byte("\x89PNG\r\n\x1a\n"))
		}
		d := watch(b, inbox, b.TempDir(), "--log-level", "debug")
		d.until("scan.finished")
		for name, come := range map[string]func(i int, path string){
			"write": func(_ int, path string) { write(b, path, []byte("\x89PNG\r\n\x1a\n"+path)) },
			"rename": func(i int, path string) {
				if err := os.Rename(filepath.Join(beside, strconv.Itoa(i)), path); err != nil {
					b.Fatal(err)
				}
			},
		} {
			var took []time.Duration
			for i := range n {
				began := time.Now()
				come(i, filepath.Join(inbox, fmt.Sprintf("%s%d.png", name, i)))
				d.until("file.settled")
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			for _, p := range []int{50, 90, 99} {
				b.ReportMetric(float64(took[len(took)*p/100].Milliseconds()), fmt.Sprintf("ms-%s-p%d", name, p))
			}
		}
		d.stop()
	}
}

// dirs is how many directories plant spreads files over, one after the other.
const dirs = 1000

// planted is the path of the i-th of n files.
func planted(i, n int) string { return fmt.Sprintf("%03d/%06d.png", i/(n/dirs), i) }

// plant makes a tree of n small files, spread over directories.
func plant(b *testing.B, inbox string, n int) {
	b.Helper()
	plantAs(b, inbox, n, planted)
}

func plantAs(b *testing.B, inbox string, n int, path func(i, n int) string) {
	b.Helper()
	dir := ""
	for i := range n {
		file := filepath.Join(inbox, path(i, n))
		if filepath.Dir(file) != dir {
			dir = filepath.Dir(file)
			if err := os.MkdirAll(dir, 0o755); err != nil {
				b.Fatal(err)
			}
		}
		if err := os.WriteFile(file, []byte("\x89PNG\r\n\x1a\n"), 0o644); err != nil {
			b.Fatal(err)
		}
	}
}

// find is what a walk of the tree costs anybody.
func find(b *testing.B, inbox string) time.Duration {
	b.Helper()
	cmd := exec.Command("find", inbox, "-type", "f", "-printf", "%s %T@ %i\n")
	began := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

// daemon is the program at work.
type daemon struct {
	b      *testing.B
	cmd    *exec.Cmd
	state  string
	began  time.Time
	events chan string
	most   int64
}

// watch starts the program on a folder, with FLORA down.
func watch(b *testing.B, inbox, state string, more ...string) *daemon {
	b.Helper()
	return start(b, nowhere, inbox, state, more...)
}

func start(b *testing.B, url, inbox, state string, more ...string) *daemon {
	b.Helper()
	d := &daemon{b: b, state: state, events: make(chan string, 1<<20)}
	args := append([]string{"run", "--watch", inbox, "--workspace", "ws_bench", "--state-dir", state, "--log-format", "json"}, more...)
	d.cmd = exec.Command(program, args...)
	d.cmd.Env = append(os.Environ(), "FLORA_API_KEY=sk_sandbox", "FLORA_BASE_URL="+url, "FLORASYNC_CONFIG=")
	log, err := d.cmd.StderrPipe()
	if err != nil {
		b.Fatal(err)
	}
	d.began = time.Now()
	if err := d.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	go d.read(log)
	return d
}

func (d *daemon) read(log io.Reader) {
	defer close(d.events)
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct{ Event string }
		if json.Unmarshal(lines.Bytes(), &line) == nil {
			d.events <- line.Event
		}
	}
}

// until reads the log up to the next line of this event.
func (d *daemon) until(event string) {
	d.b.Helper()
	for e := range d.events {
		if e == event {
			d.most = max(d.most, rssAnon(d.cmd.Process.Pid))
			return
		}
	}
	d.b.Fatalf("the program ended before %s", event)
}

func (d *daemon) stop() {
	d.b.Helper()
	if err := d.cmd.Process.Signal(os.Interrupt); err != nil {
		d.b.Fatal(err)
	}
	for range d.events {
	}
	if err := d.cmd.Wait(); err != nil {
		d.b.Fatal(err)
	}
}

// seen asks the daemon how many files are in the record.
func (d *daemon) seen() int {
	d.b.Helper()
	out, err := exec.Command(program, "status", "--json", "--state-dir", d.state).Output()
	if err != nil {
		d.b.Fatal(err)
	}
	var s struct {
		Totals struct{ Seen int }
	}
	if err := json.Unmarshal(out, &s); err != nil {
		d.b.Fatal(err)
	}
	d.most = max(d.most, rssAnon(d.cmd.Process.Pid))
	return s.Totals.Seen
}

// peak is the most anonymous memory that was seen.
func (d *daemon) peak() int64 { return max(d.most, rssAnon(d.cmd.Process.Pid)) }

// cpu is the processor time used so far: proc(5), stat.
func (d *daemon) cpu() time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", d.cmd.Process.Pid))
	if err != nil {
		d.b.Fatal(err)
	}
	f := strings.Fields(string(text[strings.LastIndexByte(string(text), ')'):]))
	user, _ := strconv.Atoi(f[12])
	system, _ := strconv.Atoi(f[13])
	return time.Duration(user+system) * 10 * time.Millisecond // USER_HZ is 100
}
