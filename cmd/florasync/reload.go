package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/internal/telemetry"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

func reloadCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "reload",
		Short: "Read the configuration again, all of it or nothing",
		Long: `Have the running florasync read its configuration again, as SIGHUP does. All of it is taken, or, when anything is wrong
with it, nothing, and what is wrong is said. Uploads under way are not disturbed.

What cannot be changed while it runs (the state directory, addresses, sockets, a folder's path) is named, and refuses the
rest with it: restart for that. docs/configure.md marks those keys.

Exit code 0 when it is in force, 2 when it is refused, 3 when no daemon runs.`,
		Example: "  " + self() + " reload",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := g.service()
			if err != nil {
				return err
			}
			done, err := s.Reload(cmd.Context())
			if err != nil {
				return fmt.Errorf("nothing was changed: %w", err)
			}
			for _, w := range done.Warnings {
				fmt.Fprintln(os.Stderr, "florasync: warning:", harmless(w))
			}
			if g.json {
				return printJSON(done)
			}
			if len(done.Changed) == 0 {
				return say("reloaded: nothing changed")
			}
			return say("reloaded: %s", shown(strings.Join(done.Changed, ", ")))
		},
	}
}

func loglevelCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "loglevel LEVEL",
		Short: "Change how much the running florasync logs",
		Long: `Change how much the running florasync logs: debug, info, warn or error. It lasts until the next reload or start, from
which on log.level of the configuration counts again.`,
		Example: "  " + self() + " loglevel debug\n  " + self() + " loglevel info",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if _, err := telemetry.ParseLevel(a[0]); err != nil {
				return usage("%w", err)
			}
			s, err := g.service()
			if err != nil {
				return err
			}
			return s.SetLogLevel(cmd.Context(), a[0])
		},
	}
}

// hangups listens for SIGHUP from the start on, so that none that comes early ends the process. On a terminal it is the terminal that went away, and
// `run --once` has an end to come to: there it is a signal that stops, and nil is returned.
func hangups(f *runFlags) <-chan os.Signal {
	if f.once || term.IsTerminal(int(os.Stderr.Fd())) {
		return nil
	}
	hup := make(chan os.Signal, 1) // what comes while one is served is served after it, once
	signal.Notify(hup, syscall.SIGHUP)
	return hup
}

// reloadAt reloads at each signal until ctx ends. How it went stands in the log.
func reloadAt(ctx context.Context, hup <-chan os.Signal, d *daemon.Daemon) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hup:
			_, _ = d.Reload(ctx) // told by the daemon
		}
	}
}
