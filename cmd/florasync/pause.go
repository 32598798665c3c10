package main

import (
	"time"

	"github.com/spf13/cobra"
)

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
