package main

import (
	"bytes"
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/florasync/florasync/internal/control"
	"github.com/spf13/cobra"
)

func explainCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "explain PATH|ID|URL",
		Short: "Why is a file as it is, and what happens next?",
		Long: `Why is a file as it is, and what happens next? For any path, also one never seen: which rule decided, where it
stands, every attempt with FLORA's request id, the asset, or why there is none.

Exit code 1 for a path outside every watched folder that was never uploaded by hand, and for an unknown id or URL.`,
		Example: "  " + self() + " explain /srv/inbox/cover.png\n  " + self() + " explain it_1f",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			path, err := absolute(a[0])
			if err != nil {
				return err
			}
			s, err := g.service()
			if err != nil {
				return err
			}
			e, err := s.Explain(cmd.Context(), path)
			if err != nil {
				return err
			}
			if g.json {
				return printJSON(e)
			}
			var b bytes.Buffer
			printExplanation(&b, e)
			_, err = os.Stdout.Write(b.Bytes())
			return err
		},
	}
}

func printExplanation(out *bytes.Buffer, e control.Explanation) {
	fmt.Fprintf(out, "%s\n  %s\n", shown(e.Path), harmless(e.Verdict))
	if e.Next != "" {
		fmt.Fprintf(out, "  next: %s\n", harmless(e.Next))
	}
	w := tabwriter.NewWriter(out, 2, 8, 2, ' ', 0)
	row := func(name string, value control.Text) {
		if value != "" {
			fmt.Fprintf(w, "  %s\t%s\n", name, shown(string(value)))
		}
	}
	row("rule", e.Rule)
	row("settling", e.Settling)
	row("doing", e.Doing)
	if l := e.Lane; l != nil {
		more := ""
		if l.More {
			more = "more than "
		}
		row("lane", control.Text(fmt.Sprintf("%s, %s%d before it", l.Name, more, l.Ahead)))
	}
	if it := e.Item; it != nil {
		row("item", control.Text(it.ID))
		if e.Path == it.ID {
			row("file", control.Text(shownPath(*it)))
		}
		row("phase", control.Text(it.Phase))
		row("size", control.Text(bytesText(it.Size)))
		row("type", it.ContentType)
		row("sha256", it.SHA256)
		row("workspace", it.Workspace)
		row("folder", it.Folder)
		row("project", it.Project)
		row("asset", it.AssetID)
		row("url", it.URL)
		row("canvas", it.CanvasURL)
		row("hint", it.Hint)
	}
	w.Flush()
	for _, t := range e.Tries {
		fmt.Fprintf(out, "  %s  %s", t.At.Local().Format("2006-01-02 15:04:05"), t.Step)
		if t.Class != "" {
			fmt.Fprintf(out, ": %s %s %s", t.Class, shown(string(t.Code)), harmless(string(t.Message)))
		}
		if t.RequestID != "" {
			fmt.Fprintf(out, "  (%s)", shown(string(t.RequestID)))
		}
		fmt.Fprintln(out)
	}
	for _, v := range e.Versions {
		fmt.Fprintf(out, "  before: %s %s, %s, seen %s\n", v.ID, v.State, shown(string(v.AssetID)), v.SeenAt.Local().Format("2006-01-02 15:04:05"))
	}
}
