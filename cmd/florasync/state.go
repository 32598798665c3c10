package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/queue"
	"github.com/spf13/cobra"
)

func stateCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "state",
		Short: "Check, back up or mend the record",
		Long: `Check, back up or mend the record: the file that remembers what became of each file. Not while florasync runs, which
holds it.`,
		Example: "  " + self() + " state check\n  " + self() + " state backup /var/backups/florasync.db",
		Args:    unknownCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:     "check",
		Short:   "Read the whole record and compare its parts",
		Example: "  " + self() + " state check --json",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withRecord(cmd.Context(), g, true, func(q *queue.Queue) error { return checkRecord(cmd.Context(), g, q) })
		},
	}, &cobra.Command{
		Use:     "backup FILE",
		Short:   "Write a copy of the record",
		Example: "  " + self() + " state backup /var/backups/florasync.db",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			return withRecord(cmd.Context(), g, true, func(q *queue.Queue) error { return backup(cmd.Context(), q, a[0]) })
		},
	}, &cobra.Command{
		Use:   "restore FILE",
		Short: "Put a backup in the place of the record",
		Long: `Put a backup in the place of the record, which is kept beside it. The backup is checked first. What was uploaded after it
was made is not in it: such files are compared by digest with what FLORA holds for two hours, and uploaded again later.`,
		Example: "  " + self() + " state restore /var/backups/florasync.db",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			c, err := g.configured()
			if err != nil {
				return err
			}
			if b, ok := alive(c.StateDir); ok {
				return exitWith(exitLocked, fmt.Errorf("florasync runs, process %d: stop it first", b.PID))
			}
			kept, err := daemon.Restore(cmd.Context(), c.StateDir, a[0])
			if err != nil {
				return lockHolder(c.StateDir, err)
			}
			if kept != "" {
				fmt.Println("restored; the record that was there is", kept)
				return nil
			}
			fmt.Println("restored")
			return nil
		},
	}, &cobra.Command{
		Use:     "rename-root OLD NEW",
		Short:   "Give a watched folder another name, with its history",
		Example: "  " + self() + " state rename-root inbox pictures",
		Args:    args(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, a []string) error {
			return withRecord(cmd.Context(), g, false, func(q *queue.Queue) error { return q.RenameRoot(cmd.Context(), a[0], a[1]) })
		},
	})
	return cmd
}

// withRecord opens the record of the configuration while no daemon runs.
func withRecord(ctx context.Context, g *globals, readOnly bool, fn func(*queue.Queue) error) (err error) {
	c, err := g.configured()
	if err != nil {
		return err
	}
	q, err := daemon.OpenRecord(ctx, c.StateDir, readOnly)
	if err != nil {
		return lockHolder(c.StateDir, err)
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	return fn(q)
}

func checkRecord(ctx context.Context, g *globals, q *queue.Queue) error {
	report, err := q.Check(ctx)
	if err != nil {
		return err
	}
	if g.json {
		if err := printJSON(report); err != nil {
			return err
		}
	} else {
		for _, p := range report.Problems {
			fmt.Println(p)
		}
	}
	if len(report.Problems) > 0 {
		return exitWith(exitDamaged, fmt.Errorf("the record is damaged: %d problems; restore a backup", len(report.Problems)))
	}
	if !g.json {
		fmt.Println("the record is sound")
	}
	return nil
}

// backup writes a new file, whole or not at all; an existing one is not replaced.
func backup(ctx context.Context, q *queue.Queue, name string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = q.Backup(ctx, f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}
