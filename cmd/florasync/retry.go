package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/florasync/florasync/internal/control"
	"github.com/spf13/cobra"
)

func retryCommand(g *globals) *cobra.Command {
	var failed bool
	cmd := &cobra.Command{
		Use:   "retry PATH|ID… | --failed",
		Short: "Try again, now",
		Long: `Try again, now: what waits for its next attempt, what failed, and what is ready with an error. Attempts start anew
at the step that was reached; nothing that is ready is sent again. For an ambiguous file your word decides: it is
uploaded anew.`,
		Example: "  " + self() + " retry --failed\n  " + self() + " retry /srv/inbox/cover.png",
		RunE: func(cmd *cobra.Command, names []string) error {
			if failed == (len(names) > 0) {
				return usage("name paths or ids, or give --failed")
			}
			f, err := named(names)
			if err != nil {
				return err
			}
			f.Failed = failed
			return counted(cmd.Context(), g, "retried", func(ctx context.Context, s control.Service) (int, error) { return s.Retry(ctx, f) })
		},
	}
	cmd.Flags().BoolVar(&failed, "failed", false, "all that failed, or are ready with an error")
	return cmd
}

func forgetCommand(g *globals) *cobra.Command {
	var again bool
	cmd := &cobra.Command{
		Use:   "forget PATH|ID…",
		Short: "Take files out of the record",
		Long: `Take files out of the record. Nothing at FLORA is deleted. A file that is still there is refused, since it would be
uploaded again; with --upload-again that is what happens.`,
		Example: "  " + self() + " forget /srv/inbox/gone.png\n  " + self() + " forget --upload-again /srv/inbox/cover.png",
		Args:    args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, names []string) error {
			f, err := named(names)
			if err != nil {
				return err
			}
			return counted(cmd.Context(), g, "forgotten", func(ctx context.Context, s control.Service) (int, error) { return s.Forget(ctx, f, again) })
		},
	}
	cmd.Flags().BoolVar(&again, "upload-again", false, "upload what is still there again, as a new asset")
	return cmd
}

func named(names []string) (control.Filter, error) {
	f := control.Filter{}
	for _, name := range names {
		text, err := absolute(name)
		if err != nil {
			return f, err
		}
		f.Names = append(f.Names, text)
	}
	return f, nil
}

// counted runs a command that changes rows and says how many.
func counted(ctx context.Context, g *globals, word string, do func(context.Context, control.Service) (int, error)) error {
	s, err := g.service()
	if err != nil {
		return err
	}
	n, err := do(ctx, s)
	if err != nil {
		return err
	}
	if g.json {
		return printJSON(map[string]int{word: n})
	}
	fmt.Printf("%d %s\n", n, word)
	if n > 0 && !s.live && word == "retried" {
		fmt.Fprintf(os.Stderr, "no daemon runs: it happens with the next `%s`\n", g.typed("run"))
	}
	return nil
}

func pauseCommand(g *globals) *cobra.Command {
	var root string
	var for_ time.Duration
	cmd := &cobra.Command{
		Use:     "pause",
		Short:   "Stop starting uploads, also across restarts",
		Example: "  " + self() + " pause --root inbox --for 2h\n  " + self() + " resume",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("for") && for_ <= 0 {
				return usage("--for %s: a duration above zero, e.g. 2h; without it the pause lasts until `%s`", for_, g.typed("resume"))
			}
			until := time.Time{}
			if for_ > 0 {
				until = time.Now().Add(for_)
			}
			s, err := g.service()
			if err != nil {
				return err
			}
			return s.Pause(cmd.Context(), root, until)
		},
	}
	cmd.Flags().StringVar(&root, "root", "", "only this watched folder, by its `NAME`")
	cmd.Flags().DurationVar(&for_, "for", 0, "resume by itself after this time")
	return cmd
}

func resumeCommand(g *globals) *cobra.Command {
	var root string
	cmd := &cobra.Command{
		Use:     "resume",
		Short:   "End a pause",
		Example: "  " + self() + " resume --root inbox",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := g.service()
			if err != nil {
				return err
			}
			return s.Resume(cmd.Context(), root)
		},
	}
	cmd.Flags().StringVar(&root, "root", "", "only this watched folder, by its `NAME`")
	return cmd
}
