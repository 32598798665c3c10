package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/queue"
	"github.com/spf13/cobra"
)

type listFlags struct {
	states        []string
	root, under   string
	since, after  string
	csv, all, fol bool
}

func listCommand(g *globals) *cobra.Command {
	f := &listFlags{}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "What became of each file",
		Long: `What became of each file: the newest version of each path, one line each; with --json one object a line.

With --follow: what has settled (ready, failed, skipped), in the order in which it did, and what settles from then
on. Each line of --json --follow ends with its cursor: --after CURSOR goes on behind it, also after a restart.`,
		Example: "  " + self() + " list --state failed\n  " + self() + " list --under /srv/inbox/2026 --csv > 2026.csv\n  " + self() + " list --json --since 24h | jq -r .asset_id",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := interrupted(cmd.Context())
			defer cancel()
			if f.fol {
				var stop func()
				ctx, stop = whileRead(ctx)
				defer stop()
			}
			return list(ctx, cmd, g, f)
		},
	}
	selectFlags(cmd, &f.states, &f.root, &f.under, &f.since)
	flags := cmd.Flags()
	flags.BoolVar(&f.csv, "csv", false, "print CSV with a header")
	flags.BoolVar(&f.all, "all", false, "every version, also those that were replaced, in the order they were seen")
	flags.BoolVar(&f.fol, "follow", false, "keep listing what settles")
	flags.StringVar(&f.after, "after", "", "go on behind this `CURSOR` of --follow")
	return cmd
}

func (f *listFlags) filter(cmd *cobra.Command) (control.Filter, error) {
	filter, err := filterOf(cmd, f.states, f.root, f.under, f.since)
	filter.All, filter.Finished = f.all, f.fol || f.after != ""
	return filter, err
}

func parseSince(text string, now time.Time) (time.Time, error) {
	if d, err := time.ParseDuration(text); err == nil {
		return now.Add(-d), nil
	}
	if days, err := strconv.Atoi(strings.TrimSuffix(text, "d")); err == nil && strings.HasSuffix(text, "d") {
		return now.AddDate(0, 0, -days), nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usage("--since %q is neither a duration (24h, 7d) nor a time (2026-03-01, 2026-03-01T12:00:00Z)", text)
}

func list(ctx context.Context, cmd *cobra.Command, g *globals, f *listFlags) error {
	filter, err := f.filter(cmd)
	if err != nil {
		return err
	}
	out := newLister(g, f)
	for after := f.after; ; {
		s, err := g.service()
		if err != nil {
			return err
		}
		page, err := s.List(ctx, filter, after, 500)
		switch {
		case ctx.Err() != nil && f.fol: // how it ends: what is behind the last cursor comes with the next --after
			return out.flush()
		case ctx.Err() != nil:
			return errors.Join(exitWith(killed(ctx), errors.New("interrupted: not all is listed")), out.flush())
		case f.fol && (errors.Is(err, control.ErrGone) || errors.Is(err, queue.ErrLocked)):
			page, err = control.Page{}, nil // the daemon ends or starts: look again
		case err != nil:
			return err
		}
		if err := out.page(page); err != nil {
			return err
		}
		done := page.Next == "" || (filter.Finished && len(page.Items) == 0)
		if page.Next != "" {
			after = page.Next
		}
		if !done {
			continue
		}
		if err := out.flush(); err != nil || !f.fol {
			return err
		}
		timer := time.NewTimer(500 * time.Millisecond)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

// lister prints items as a table, as CSV or as JSON.
type lister struct {
	json, follow bool
	csv          *csv.Writer
	table        *tabwriter.Writer
}

var columns = []string{"state", "phase", "root", "path", "size", "asset_id", "url", "reason", "error", "ready_at", "sha256", "id"}

func newLister(g *globals, f *listFlags) *lister {
	l := &lister{json: g.json, follow: f.fol || f.after != ""}
	switch {
	case g.json:
	case f.csv:
		l.csv = csv.NewWriter(os.Stdout)
		_ = l.csv.Write(columns) // an error shows at Flush
	default:
		l.table = tabwriter.NewWriter(os.Stdout, 2, 8, 2, ' ', 0)
	}
	return l
}

func (l *lister) page(page control.Page) error {
	for i, it := range page.Items {
		switch {
		case l.json && l.follow:
			if err := printJSON(followed{it, page.Cursors[i]}); err != nil {
				return err
			}
		case l.json:
			if err := printJSON(it); err != nil {
				return err
			}
		case l.csv != nil:
			if err := l.csv.Write(record(it)); err != nil {
				return err
			}
		default:
			note := string(it.AssetID)
			if it.Error != "" {
				note = string(it.Error)
			}
			fmt.Fprintf(l.table, "%s\t%s\t%s\t%s\t%s\n", it.State, bytesText(it.Size), shownPath(it), it.ID, cell(note))
		}
	}
	return nil
}

// followed is an item of `list --follow --json`, with the cursor behind it.
type followed struct {
	control.Item
	Cursor string `json:"cursor"`
}

// record is an item as CSV. A cell that a spreadsheet would take for a formula gets an apostrophe before it.
func record(it control.Item) []string {
	cells := []string{it.State, it.Phase, it.Root, it.Path, strconv.FormatInt(it.Size, 10), string(it.AssetID), string(it.URL), string(it.Reason),
		string(it.Error), it.ReadyAt.String(), string(it.SHA256), it.ID}
	for i, c := range cells {
		if c != "" && strings.ContainsRune("=+-@\t\r\n", rune(c[0])) {
			cells[i] = "'" + c
		}
	}
	return cells
}

func (l *lister) flush() error {
	switch {
	case l.csv != nil:
		l.csv.Flush()
		return l.csv.Error()
	case l.table != nil:
		return l.table.Flush()
	}
	return nil
}
