package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/queue"
	"github.com/spf13/cobra"
)

func stateCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "state",
		Short: "Check, back up or mend the record",
		Long: `Check, back up or mend the record: the file that remembers what became of each file. Check and backup work while florasync
runs, which answers itself then; restore and rename-root do not.`,
		Example: "  " + self() + " state check\n  " + self() + " state backup /var/backups/florasync.db",
		Args:    unknownCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:     "check",
		Short:   "Read the whole record and compare its parts",
		Long:    "Read the whole record and compare its parts. A running florasync goes on meanwhile, but for its commits, which wait.",
		Example: "  " + self() + " state check --json",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := interrupted(cmd.Context())
			defer stop()
			return checkRecord(ctx, g)
		},
	}, &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a copy of the record",
		Long: `Write a copy of the record, whole or not at all, readable by its owner alone. An existing file is not replaced. It holds no
key and no signed form; of a URL that was uploaded it has neither user part nor query.`,
		Example: "  " + self() + " state backup /var/backups/florasync.db",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			ctx, stop := interrupted(cmd.Context())
			defer stop()
			return backup(ctx, g, a[0])
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
			if err := queue.SyncDir(c.StateDir); err != nil { // else a power cut could bring the old record back
				return err
			}
			if kept != "" {
				return say("restored; the record that was there is %s", shown(kept))
			}
			return say("restored")
		},
	}, &cobra.Command{
		Use:     "rename-root OLD NEW",
		Short:   "Give a watched folder another name, with its history",
		Example: "  " + self() + " state rename-root inbox pictures",
		Args:    args(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, a []string) error {
			return withRecord(cmd.Context(), g, func(q *queue.Queue) error { return q.RenameRoot(cmd.Context(), a[0], a[1]) })
		},
	})
	return cmd
}

// withRecord opens the record of the configuration while no daemon runs.
func withRecord(ctx context.Context, g *globals, fn func(*queue.Queue) error) (err error) {
	c, err := g.configured()
	if err != nil {
		return err
	}
	q, err := daemon.OpenRecord(ctx, c.StateDir, false)
	if err != nil {
		return lockHolder(c.StateDir, err)
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	return fn(q)
}

func checkRecord(ctx context.Context, g *globals) error {
	s, err := g.service()
	if err != nil {
		return err
	}
	report, err := s.Check(ctx)
	if err != nil {
		return err
	}
	if g.json {
		if err := printJSON(report); err != nil {
			return err
		}
	} else {
		for _, p := range report.Problems {
			if err := say("%s", harmless(p)); err != nil {
				return err
			}
		}
	}
	if len(report.Problems) > 0 {
		return exitWith(exitDamaged, fmt.Errorf("the record is damaged: %s; restore a backup", problemsText(len(report.Problems))))
	}
	if g.json {
		return nil
	}
	return say("the record is sound")
}

// backup writes a new file, whole or not at all, readable by its owner alone; an existing one is not replaced.
func backup(ctx context.Context, g *globals, name string) (err error) {
	if _, err := os.Lstat(name); err == nil {
		return &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist}
	}
	s, err := g.service()
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".florasync-backup-*") // of mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(), removed(f.Name())) }()
	if err := s.Backup(ctx, f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	switch err := os.Link(f.Name(), name); {
	case errors.Is(err, fs.ErrExist):
		return err
	case err != nil: // a file system without links: link(2), EPERM
		if err := os.Rename(f.Name(), name); err != nil {
			return err
		}
	}
	return queue.SyncDir(filepath.Dir(name))
}

func removed(name string) error {
	if err := os.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
