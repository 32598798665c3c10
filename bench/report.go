package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
)

// report is everything that was measured.
type report struct {
	Machine     string `json:"machine"`
	Go          string `json:"go"`
	At          string `json:"at"`
	Concurrency int    `json:"concurrency"` // requests in flight
	Rounds      int    `json:"rounds"`
	Durable     bool   `json:"durable"` // the sandbox waits for its disk

	Rows    []row   `json:"rows"`
	Waiting []depth `json:"waiting"`
}

// row is what one tool took for one workload: medians of the rounds, and ratios of these to the wire's.
type row struct {
	Workload     string  `json:"workload"`
	Files        int     `json:"files"`
	Bytes        int64   `json:"bytes"`
	LatencyMS    int64   `json:"latency_ms"`
	Tool         string  `json:"tool"`
	Seconds      float64 `json:"seconds"`
	FilesPerS    float64 `json:"files_per_s"`
	MBPerS       float64 `json:"mb_per_s"`
	CPUPer1000   float64 `json:"cpu_s_per_1000_files"`
	AnonymousMiB float64 `json:"peak_anonymous_mib"`
	Commits      int64   `json:"commits"` // of the record; each flushes twice
	SpeedRatio   float64 `json:"speed_to_wire"`
	CPURatio     float64 `json:"cpu_to_wire"`

	All []float64 `json:"all_seconds"` // each round
}

// summarize makes a row for each tool.
func summarize(w workload, tools []string, samples map[string][]sample) []row {
	var rows []row
	for _, tool := range tools {
		s := samples[tool]
		seconds := func(s sample) float64 { return s.Took.Seconds() }
		r := row{Workload: w.Name, Files: w.Files, Bytes: w.Bytes, LatencyMS: w.Latency.Milliseconds(), Tool: tool,
			Seconds:      median(s, seconds),
			CPUPer1000:   median(s, func(s sample) float64 { return s.CPU.Seconds() }) * 1000 / float64(w.Files),
			AnonymousMiB: median(s, func(s sample) float64 { return float64(s.Anonymous) }) / (1 << 20),
			Commits:      int64(median(s, func(s sample) float64 { return float64(s.Commits) }))}
		r.FilesPerS, r.MBPerS = float64(w.Files)/r.Seconds, float64(w.Bytes)/1e6/r.Seconds
		for _, one := range s {
			r.All = append(r.All, seconds(one))
		}
		rows = append(rows, r)
	}
	if i := slices.IndexFunc(rows, func(r row) bool { return r.Tool == theWire }); i >= 0 {
		for k := range rows {
			rows[k].SpeedRatio, rows[k].CPURatio = rows[i].Seconds/rows[k].Seconds, rows[k].CPUPer1000/rows[i].CPUPer1000
		}
	}
	return rows
}

func median(samples []sample, of func(sample) float64) float64 {
	var all []float64
	for _, s := range samples {
		all = append(all, of(s))
	}
	slices.Sort(all)
	if n := len(all); n%2 == 0 {
		return (all[n/2-1] + all[n/2]) / 2
	}
	return all[len(all)/2]
}

// text prints the report as tables.
func (r report) text(out io.Writer) {
	fmt.Fprintf(out, "%s, %s, %s; %d requests in flight, %d rounds; the sandbox waits for its disk: %v\n\n", r.Machine, r.Go, r.At, r.Concurrency, r.Rounds,
		r.Durable)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "workload\ttool\tfiles/s\tMB/s\tCPU s/1000\tMiB anon\tcommits/file\tspeed to wire\tCPU to wire\t")
	for _, w := range r.Rows {
		fmt.Fprintf(t, "%s\t%s\t%.1f\t%.1f\t%.2f\t%.1f\t%.3f\t%.2f\t%.2f\t\n", w.Workload, w.Tool, w.FilesPerS, w.MBPerS, w.CPUPer1000, w.AnonymousMiB,
			float64(w.Commits)/float64(w.Files), w.SpeedRatio, w.CPURatio)
	}
	if len(r.Waiting) > 0 {
		fmt.Fprintln(t, "\nwaiting\tµs/file\tto the first\t")
		for _, d := range r.Waiting {
			fmt.Fprintf(t, "%d\t%.1f\t%.2f\t\n", d.Waiting, d.Microseconds, d.Microseconds/r.Waiting[0].Microseconds)
		}
	}
	t.Flush()
}

// write keeps the report where the settings say.
func (r report) write(s settings) error {
	if s.plotTo != "" && len(r.Waiting) > 0 {
		if err := draw(r.Waiting, s.plotTo); err != nil {
			return err
		}
	}
	if s.jsonTo == "" {
		return nil
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(s.jsonTo, append(text, '\n'), 0o644)
}

// machine names the processor: proc_cpuinfo(5).
func machine() string {
	name := runtime.GOARCH
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == "model name" {
			name = strings.TrimSpace(v)
			break
		}
	}
	return fmt.Sprintf("%d × %s", runtime.NumCPU(), name)
}
