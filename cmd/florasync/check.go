package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/control"
	"github.com/spf13/cobra"
)

func checkCommand(g *globals) *cobra.Command {
	var offline bool
	var as string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check configuration, key, folders, rights, disk and FLORA",
		Long: `Check configuration, key, folders, rights, watch head-room, disk, clock, proxy and FLORA, and say what is wrong and how to
mend it. It changes nothing and uploads nothing.

A running florasync is asked, and judges with its own rights and inside its own sandboxing; also a configuration that is
not in force yet. Without one whoever calls it judges, or the user named by --as, which root may use: what root may read
says nothing about a service.

Exit code 0 when all is well, 1 when something is found, 2 when the configuration is wrong, 4 when FLORA refuses the key.`,
		Example: "  " + self() + " check\n  " + self() + " check --offline --config ./florasync.yaml\n  sudo " + self() + " check --as florasync",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := g.configured()
			if err != nil {
				return err
			}
			who, err := judge(c, as)
			if err != nil {
				return err
			}
			if who != nil {
				return who.check(cmd, g, c, offline)
			}
			ctx, cancel := interrupted(cmd.Context())
			defer cancel()
			return check(ctx, g, c, offline)
		},
	}
	cmd.Flags().BoolVar(&offline, "offline", false, "ask nothing of FLORA")
	cmd.Flags().StringVar(&as, "as", "", "without a running florasync: judge with the rights of this `USER`; for root")
	return cmd
}

func check(ctx context.Context, g *globals, c *config.Config, offline bool) error {
	where := c.File
	if where == "" {
		where = "no file; flags, environment and defaults"
	}
	all := []control.Finding{{What: "configuration", OK: true, Message: where}}
	for _, w := range c.Warnings {
		all = append(all, control.Finding{What: "configuration", Message: w})
	}
	if len(c.Watch) == 0 {
		all = append(all, control.Finding{What: "watch", Message: "no folder is configured", Hint: "add a `watch:` list, or run with --watch DIR"})
	}
	s, err := g.service()
	if err != nil {
		return err
	}
	b, running := reach(s.stateDir, s.socket)
	switch {
	case running:
	case g.sandbox && !offline:
		all = append(all, control.Finding{What: "flora", OK: true, Message: "the sandbox is there while `run --sandbox` runs, and it does not run now"})
		offline = true
	case os.Geteuid() == 0:
		all = append(all, control.Finding{What: "rights", OK: true, Message: "judged with root's rights, which are no service's", Hint: g.typed("check --as USER")})
	}
	found, err := s.Examine(ctx, offline)
	if err != nil {
		return err
	}
	if running && !s.live && s.held() != nil { // a foreign socket is none of ours
		all = append(all, control.Finding{What: "daemon", Message: fmt.Sprintf("process %d does not answer at %s; what follows is judged without it", b.PID, b.Socket),
			Hint: "look at its log, and restart it"})
	}
	return report(g, append(all, found...))
}

func report(g *globals, all []control.Finding) error {
	bad, refused := 0, false
	for _, f := range all {
		refused = refused || f.Refused
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
		line := mark + f.What + ": " + harmless(f.Message)
		if f.Hint != "" {
			line += "; " + harmless(f.Hint)
		}
		if err := say("%s", line); err != nil {
			return err
		}
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
