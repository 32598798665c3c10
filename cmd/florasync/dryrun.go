package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/daemon"
	"github.com/spf13/cobra"
)

// dryRun prints what a run would do with each file, and why. It reads the record if there is one, and changes nothing. A timeout above zero bounds it.
func dryRun(cmd *cobra.Command, g *globals, c *config.Config, timeout time.Duration) error {
	if err := vet(c); err != nil {
		return err
	}
	ctx, cancel := interrupted(cmd.Context())
	defer cancel()
	if timeout > 0 {
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	w := tabwriter.NewWriter(os.Stdout, 2, 8, 2, ' ', 0)
	err := daemon.DryRun(ctx, daemon.Options{Config: c, Version: version}, func(p daemon.Plan) error {
		if g.json {
			return printJSON(p)
		}
		_, err := fmt.Fprintf(w, "%s\t%s:%s\t%s\n", p.Action, shown(p.Root), shown(p.Path), cell(p.Why))
		return err
	})
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return errors.Join(w.Flush(), exitWith(exitTimeout, fmt.Errorf("not all was looked at within %s", timeout)))
	case err != nil && ctx.Err() != nil:
		return errors.Join(w.Flush(), exitWith(killed(ctx), errors.New("interrupted: not all was looked at")))
	}
	if err != nil {
		return lockHolder(c.StateDir, err)
	}
	return w.Flush()
}
