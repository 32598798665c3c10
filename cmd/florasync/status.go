package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/queue"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

func statusCommand(g *globals) *cobra.Command {
	var follow, code bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Is it working? One screen",
		Long: `Is it working? One screen: the watched folders, what waits, what is ready, and what stops work.

Exit code 0 with a running daemon, 3 without one (the record is shown all the same). With --follow it is shown until
Ctrl-C, also while florasync stops and starts.`,
		Example: "  " + self() + " status\n  " + self() + " status --follow\n  " + self() + " status --json | jq .totals",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := interrupted(cmd.Context())
			defer cancel()
			if follow {
				return followStatus(ctx, g)
			}
			return status(ctx, g, code)
		},
	}
	cmd.Flags().BoolVar(&follow, "follow", false, "show it again every two seconds")
	cmd.Flags().BoolVar(&code, "exit-code", false, "exit code 1 when something stops work")
	return cmd
}

func status(ctx context.Context, g *globals, code bool) error {
	s, err := g.service()
	if err != nil {
		return err
	}
	v, err := s.Status(ctx)
	if err != nil {
		return err
	}
	if err := showStatus(os.Stdout, g, v, s.live); err != nil {
		return err
	}
	switch {
	case !s.live:
		return exitWith(exitNoOne, nil)
	case code && !v.Healthy:
		return exitWith(exitFailed, nil)
	}
	return nil
}

// statusInterval is how often --follow shows it again.
const statusInterval = 2 * time.Second

// followStatus shows the status again and again: on a terminal in its place, else one below the other.
func followStatus(ctx context.Context, g *globals) error {
	ctx, stop := whileRead(ctx)
	defer stop()
	screen := !g.json && term.IsTerminal(int(os.Stdout.Fd()))
	for {
		s, err := g.service()
		if err != nil {
			return err
		}
		v, err := s.Status(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, control.ErrGone), errors.Is(err, queue.ErrLocked): // it ends or starts: look again
		case err != nil:
			return err
		default:
			var b bytes.Buffer
			if screen {
				b.WriteString("\x1b[H\x1b[2J") // home, and clear: ECMA-48, CUP and ED
			}
			if err := showStatus(&b, g, v, s.live); err != nil {
				return err
			}
			if _, err := os.Stdout.Write(b.Bytes()); err != nil {
				return err
			}
		}
		timer := time.NewTimer(statusInterval)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

// showStatus writes a status for people, or as JSON.
func showStatus(w io.Writer, g *globals, v control.Status, live bool) error {
	if g.json {
		line, err := control.Line(v)
		if err == nil {
			_, err = w.Write(line)
		}
		return err
	}
	var b bytes.Buffer
	printStatus(&b, g, v, live)
	_, err := w.Write(b.Bytes())
	return err
}

func printStatus(out *bytes.Buffer, g *globals, v control.Status, running bool) {
	if running {
		fmt.Fprintf(out, "florasync %s is running since %s: %s", v.Version, v.StartedAt.Local().Format("2006-01-02 15:04:05"), v.Uploader.State)
		if v.Uploader.BytesPerSecond > 0 {
			fmt.Fprintf(out, ", %s/s", bytesText(v.Uploader.BytesPerSecond))
		}
		fmt.Fprintln(out)
	} else {
		fmt.Fprintln(out, "florasync is not running; this is what the record holds")
	}
	w := tabwriter.NewWriter(out, 2, 8, 2, ' ', 0)
	fmt.Fprintln(w, "folder\tstate\tseen\twaiting\tuploading\tready\tfailed\tskipped\tsettling\tlast ready")
	for _, r := range v.Roots {
		name := r.Name
		if name == "" {
			name = "(by hand)"
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n", shown(name), r.State, r.Seen, r.Waiting, r.Active, r.Ready, r.Failed, r.Skipped, r.Settling,
			ago(r.LastReadyAt))
	}
	w.Flush()
	for _, r := range v.Roots {
		if r.NotTaken > 0 {
			fmt.Fprintf(out, "%s: not taken: %s\n", shown(r.Name), countsText(r.NotTakenByExt))
		}
		if r.Growing > 0 {
			fmt.Fprintf(out, "%s: %d files have been changing for long and are not uploaded until they rest\n", shown(r.Name), r.Growing)
		}
		if r.MissedByEvents+r.Overflows > 0 {
			fmt.Fprintf(out, "%s: events were lost %d times, and %d files were found by a comparison only; none is missing\n", shown(r.Name), r.Overflows, r.MissedByEvents)
		}
		if r.Blocked > 0 {
			fmt.Fprintf(out, "%s: %d paths cannot be read\n", shown(r.Name), r.Blocked)
		}
	}
	for _, r := range v.Reasons {
		fmt.Fprintf(out, "%s: %s", r.Code, harmless(r.Message))
		if r.Hint != "" {
			fmt.Fprintf(out, "; %s", harmless(r.Hint))
		}
		fmt.Fprintln(out)
	}
	if v.Totals.Failed > 0 {
		fmt.Fprintf(out, "%d failed: %s\n", v.Totals.Failed, g.typed("list --state failed"))
	}
}

// countsText writes counts by extension, the most first.
func countsText(counts map[string]int64) string {
	type count struct {
		ext string
		n   int64
	}
	var all []count
	for ext, n := range counts {
		all = append(all, count{ext, n})
	}
	sort.Slice(all, func(i, j int) bool { return all[i].n > all[j].n || all[i].n == all[j].n && all[i].ext < all[j].ext })
	var parts []string
	for i, c := range all {
		if i == 8 {
			parts = append(parts, "…")
			break
		}
		if c.ext == "" {
			c.ext = "without extension"
		}
		parts = append(parts, fmt.Sprintf("%d %s", c.n, shown(c.ext)))
	}
	return strings.Join(parts, ", ")
}
