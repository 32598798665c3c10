package main

import (
	"context"
	"fmt"
	"os"

	"github.com/florasync/florasync/internal/control"
	"github.com/spf13/cobra"
)

func retryCommand(g *globals) *cobra.Command {
	sel := &selection{}
	cmd := &cobra.Command{
		Use:   "retry PATH|ID|URL… | --failed",
		Short: "Try again, now",
		Long: `Try again, now: what waits for its next attempt, what failed, and what is ready with an error. Attempts start anew
at the step that was reached; nothing that is ready is sent again. For an ambiguous file your word decides: it is
uploaded anew.

Files are named, or selected by --failed, --state, --root, --under and --since. On a terminal it is asked first whether
so many are meant; --yes answers that.`,
		Example: "  " + self() + " retry --failed\n  " + self() + " retry /srv/inbox/cover.png\n  " + self() + " retry --failed --root inbox --since 24h",
		RunE: func(cmd *cobra.Command, names []string) error {
			f, err := sel.filter(cmd, names)
			if err != nil {
				return err
			}
			do := func(ctx context.Context, s control.Service, f control.Filter) (int, error) { return s.Retry(ctx, f) }
			return counted(cmd.Context(), g, verb{"retry", "retried"}, sel, f, do)
		},
	}
	sel.flags(cmd)
	return cmd
}

func forgetCommand(g *globals) *cobra.Command {
	var again bool
	sel := &selection{must: true}
	cmd := &cobra.Command{
		Use:   "forget PATH|ID|URL… | --state S --root NAME …",
		Short: "Take files out of the record",
		Long: `Take files out of the record. Nothing at FLORA is deleted. A file that is still there is refused, since it would be
uploaded again; with --upload-again that is what happens.

Files are named, or selected by --failed, --state, --root, --under and --since: then either all of them are forgotten or,
when one is still there, none. On a terminal it is asked first whether so many are meant; elsewhere --yes has to say so.`,
		Example: "  " + self() + " forget /srv/inbox/gone.png\n  " + self() + " forget --upload-again /srv/inbox/cover.png\n  " +
			self() + " forget --state skipped --root inbox --yes",
		RunE: func(cmd *cobra.Command, names []string) error {
			f, err := sel.filter(cmd, names)
			if err != nil {
				return err
			}
			do := func(ctx context.Context, s control.Service, f control.Filter) (int, error) {
				return s.Forget(ctx, f, again)
			}
			return counted(cmd.Context(), g, verb{"forget", "forgotten"}, sel, f, do)
		},
	}
	sel.flags(cmd)
	cmd.Flags().BoolVar(&again, "upload-again", false, "upload what is still there again, as a new asset")
	return cmd
}

// verb is what a command does, and what it has done then.
type verb struct{ do, done string }

// counted runs a command that changes rows and says how many.
func counted(ctx context.Context, g *globals, word verb, sel *selection, f control.Filter, do func(context.Context, control.Service, control.Filter) (int, error)) error {
	s, err := g.service()
	if err != nil {
		return err
	}
	if len(f.Names) == 0 && !sel.yes {
		count := f
		count.Count = true
		n, err := do(ctx, s, count)
		if err != nil {
			return err
		}
		if meant, err := sel.meant(word.do, n); err != nil || !meant {
			return err
		}
	}
	n, err := do(ctx, s, f)
	if err != nil {
		return err
	}
	if g.json {
		return printJSON(map[string]int{word.done: n})
	}
	if err := say("%d %s", n, word.done); err != nil {
		return err
	}
	if n > 0 && !s.live && word.do == "retry" {
		fmt.Fprintf(os.Stderr, "no daemon runs: it happens with the next `%s`\n", g.typed("run"))
	}
	return nil
}
