package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/daemon"
	"github.com/spf13/cobra"
)

func checkCommand(g *globals) *cobra.Command {
	var offline bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check configuration, key, folders, rights, disk and FLORA",
		Long: `Check configuration, key, folders, rights, watch head-room, disk and FLORA, and say what is wrong and how to mend it.

It changes nothing and uploads nothing. Exit code 0 when all is well, 1 when something is found, 2 when the
configuration is wrong, 4 when FLORA refuses the key.`,
		Example: "  " + self() + " check\n  " + self() + " check --offline --config ./florasync.yaml",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := g.configured()
			if err != nil {
				return err
			}
			return check(cmd.Context(), g, c, offline)
		},
	}
	cmd.Flags().BoolVar(&offline, "offline", false, "ask nothing of FLORA")
	return cmd
}

// finding is one line of check.
type finding struct {
	What    string `json:"what"`
	OK      bool   `json:"ok"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

func check(ctx context.Context, g *globals, c *config.Config, offline bool) error {
	var all []finding
	add := func(what string, ok bool, message, hint string) { all = append(all, finding{what, ok, message, hint}) }
	where := c.File
	if where == "" {
		where = "no file; flags, environment and defaults"
	}
	add("configuration", true, where, "")
	for _, w := range c.Warnings {
		add("configuration", false, w, "")
	}
	if len(c.Watch) == 0 {
		add("watch", false, "no folder is configured", "add a `watch:` list, or run with --watch DIR")
	}
	for _, f := range c.CheckDisk() {
		add(f.Key, false, f.Message, f.Hint)
	}
	for _, w := range c.Watch {
		add("watch", true, fmt.Sprintf("%s: %s → %s", w.Name, w.Path, strings.TrimSuffix(w.Workspace+"/"+w.Folder, "/")), "")
	}
	for _, line := range daemon.HeadRoom(c) {
		add(line.What, line.OK, line.Message, line.Hint)
	}
	refused := false
	if _, running := alive(c.StateDir); g.sandbox && !running && !offline {
		add("flora", true, "the sandbox is there while `run --sandbox` runs, and it does not run now", "")
		offline = true
	}
	if !offline {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
		defer cancel()
		lines, err := daemon.CheckAPI(ctx, daemon.Options{Config: c, Version: version})
		if err != nil {
			return err
		}
		for _, line := range lines {
			add(line.What, line.OK, line.Message, line.Hint)
			refused = refused || line.Refused
		}
	}
	return report(g, all, refused)
}

func report(g *globals, all []finding, refused bool) error {
	bad := 0
	for _, f := range all {
		if !f.OK {
			bad++
		}
		if g.json {
			if err := printJSON(f); err != nil {
				return err
			}
			continue
		}
		mark := "ok      "
		if !f.OK {
			mark = "PROBLEM "
		}
		fmt.Fprint(os.Stdout, mark, f.What, ": ", shown(f.Message))
		if f.Hint != "" {
			fmt.Fprint(os.Stdout, "; ", f.Hint)
		}
		fmt.Fprintln(os.Stdout)
	}
	switch {
	case refused:
		return exitWith(exitRefused, errors.New("FLORA refuses"))
	case bad > 0:
		return exitWith(exitFailed, fmt.Errorf("%s found", problemsText(bad)))
	}
	return nil
}

func problemsText(n int) string {
	if n == 1 {
		return "1 problem"
	}
	return fmt.Sprintf("%d problems", n)
}
