package main

import (
	"context"
	"fmt"
	"os"
	"sort"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/florasync/florasync/internal/control"
	"github.com/spf13/cobra"
)

func statusCommand(g *globals) *cobra.Command {
	var follow, code bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Is it working? One screen",
		Long: `Is it working? One screen: the watched folders, what waits, what is ready, and what stops work.

Exit code 0 with a running daemon, 3 without one (the record is shown all the same).`,
		Example: "  " + self() + " status\n  " + self() + " status --follow\n  " + self() + " status --json | jq .totals",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := interrupted(cmd.Context())
			defer cancel()
			return status(ctx, g, follow, code)
		},
	}
	cmd.Flags().BoolVar(&follow, "follow", false, "show it again every two seconds")
	cmd.Flags().BoolVar(&code, "exit-code", false, "exit code 1 when something stops work")
	return cmd
}

func status(ctx context.Context, g *globals, follow, code bool) error {
	for {
		s, err := g.service()
		if err != nil {
			return err
		}
		v, err := s.Status(ctx)
		if err != nil {
			return err
		}
		if g.json {
			err = printJSON(v)
		} else {
			printStatus(g, v, s.live)
		}
		switch {
		case err != nil:
			return err
		case follow:
		case !s.live:
			return exitWith(exitNoOne, nil)
		case code && !v.Healthy:
			return exitWith(exitFailed, nil)
		default:
			return nil
		}
		timer := time.NewTimer(2 * time.Second)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

func printStatus(g *globals, v control.Status, running bool) {
	if running {
		fmt.Printf("florasync %s is running since %s: %s", v.Version, v.StartedAt.Local().Format("2006-01-02 15:04:05"), v.Uploader.State)
		if v.Uploader.BytesPerSecond > 0 {
			fmt.Printf(", %s/s", bytesText(v.Uploader.BytesPerSecond))
		}
		fmt.Println()
	} else {
		fmt.Println("florasync is not running; this is what the record holds")
	}
	w := tabwriter.NewWriter(os.Stdout, 2, 8, 2, ' ', 0)
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
			fmt.Printf("%s: not taken: %s\n", shown(r.Name), countsText(r.NotTakenByExt))
		}
		if r.Growing > 0 {
			fmt.Printf("%s: %d files have been changing for long and are not uploaded until they rest\n", shown(r.Name), r.Growing)
		}
		if r.MissedByEvents+r.Overflows > 0 {
			fmt.Printf("%s: events were lost %d times, and %d files were found by a comparison only; none is missing\n", shown(r.Name), r.Overflows, r.MissedByEvents)
		}
		if r.Blocked > 0 {
			fmt.Printf("%s: %d paths cannot be read\n", shown(r.Name), r.Blocked)
		}
	}
	for _, r := range v.Reasons {
		fmt.Printf("%s: %s", r.Code, r.Message)
		if r.Hint != "" {
			fmt.Printf("; %s", r.Hint)
		}
		fmt.Println()
	}
	if v.Totals.Failed > 0 {
		fmt.Printf("%d failed: %s\n", v.Totals.Failed, g.typed("list --state failed"))
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
