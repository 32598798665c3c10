package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"time"
)

// settings are the flags of a comparison.
type settings struct {
	dir         string // for everything that is written
	rounds      int
	concurrency int
	only        []string
	tools       []string
	scale       float64
	durable     bool
	jsonTo      string
	plotTo      string
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == wireCommand { // the wire is a process of its own, as the others are
		os.Exit(wireMain(os.Args[2:]))
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	s, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		os.Exit(2)
	}
	if err := run(ctx, s, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parse(args []string) (settings, error) {
	s := settings{}
	var only, tools string
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.StringVar(&s.dir, "dir", "", "`DIR` for files, records and what the sandbox stores (default: a temporary one)")
	f.IntVar(&s.rounds, "rounds", 3, "interleaved rounds; medians are printed")
	f.IntVar(&s.concurrency, "concurrency", 4, "requests in flight, of each tool")
	f.StringVar(&only, "only", "", "workloads, separated by commas: "+strings.Join(workloadNames(), ", ")+", waiting (default: all)")
	f.StringVar(&tools, "tools", "wire,florasync,sdk", "tools to compare")
	f.Float64Var(&s.scale, "scale", 1, "`SHARE` of the files of each workload, and of the size of the film")
	f.BoolVar(&s.durable, "durable", false, "the sandbox waits for its disk, for all tools; off, because it is the same for all and hides what is measured")
	f.StringVar(&s.jsonTo, "json", "", "write the results as JSON to `FILE`")
	f.StringVar(&s.plotTo, "plot", "", "write the cost per file against the number waiting as SVG to `FILE`")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	s.only, s.tools = fields(only), fields(tools)
	for _, name := range s.only {
		if !slices.Contains(append(workloadNames(), waitingName), name) {
			fmt.Fprintf(os.Stderr, "bench: -only: no workload %q\n", name)
			return s, errors.New("usage")
		}
	}
	if s.rounds < 1 || s.concurrency < 1 || s.scale <= 0 {
		fmt.Fprintln(os.Stderr, "bench: -rounds, -concurrency and -scale are above 0")
		return s, errors.New("usage")
	}
	return s, nil
}

func fields(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// run measures what the settings ask for and prints it.
func run(ctx context.Context, s settings, out, progress io.Writer) error {
	if s.dir == "" {
		dir, err := os.MkdirTemp("", "florasync-bench-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		s.dir = dir
	}
	program, err := buildProgram(ctx, s.dir)
	if err != nil {
		return err
	}
	results := report{Machine: machine(), Go: runtime.Version(), At: time.Now().UTC().Format(time.RFC3339), Concurrency: s.concurrency, Rounds: s.rounds,
		Durable: s.durable}
	c := comparison{settings: s, program: program, progress: progress}
	if err := c.prepare(ctx); err != nil {
		return err
	}
	for _, w := range workloads(s.scale) {
		if len(s.only) > 0 && !slices.Contains(s.only, w.Name) {
			continue
		}
		rows, err := c.compare(ctx, w)
		if err != nil {
			return fmt.Errorf("%s: %w", w.Name, err)
		}
		results.Rows = append(results.Rows, rows...)
	}
	if len(s.only) == 0 || slices.Contains(s.only, waitingName) {
		if results.Waiting, err = waiting(ctx, s, progress); err != nil {
			return fmt.Errorf("%s: %w", waitingName, err)
		}
	}
	results.text(out)
	return results.write(s)
}
