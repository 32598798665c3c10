package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/internal/telemetry"
	"github.com/florasync/florasync/state"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// runFlags are the flags of run.
type runFlags struct {
	watch, workspace, folder, project string
	once, dryRun                      bool
	timeout                           time.Duration
	concurrency                       string
	logFormat, logLevel, listen       string
}

func runCommand(g *globals) *cobra.Command {
	f := &runFlags{}
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Watch folders and upload what settles in them, in the foreground",
		Long: `Watch folders and upload what settles in them, in the foreground.

Without --watch the folders of the configuration are watched. A first Ctrl-C lets the uploads under way finish,
a second one stops at once; either way nothing is lost: the next run goes on where this one stopped.

With --once it ends when nothing is left that can change: exit code 0 when all is well, 1 when files failed,
4 when FLORA refuses, 7 when something still waits.`,
		Example: `  ` + self() + ` run --sandbox --watch ./inbox
  ` + self() + ` run --watch ~/Pictures/out --workspace ws_XXXX --folder "inbox/{dir}"
  ` + self() + ` run --once --timeout 10m
  ` + self() + ` run --dry-run`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return run_(cmd, g, f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.watch, "watch", "", "watch this `DIR` instead of the configuration's folders")
	flags.StringVar(&f.workspace, "workspace", "", "upload to this workspace `ID` (ws_…)")
	flags.StringVar(&f.folder, "folder", "", "into this `FOLDER` of the workspace; {dir} is the path below the watched folder")
	flags.StringVar(&f.project, "project", "", "attach what is ready to this project `ID` (prj_…)")
	flags.BoolVar(&f.once, "once", false, "end when everything there is has been uploaded")
	flags.BoolVar(&f.dryRun, "dry-run", false, "say what would be done with each file and why, and change nothing")
	flags.DurationVar(&f.timeout, "timeout", 0, "with --once or --dry-run: stop after this time, exit code 7")
	flags.StringVar(&f.concurrency, "concurrency", "", "at most `N` requests in flight (default 4)")
	flags.StringVar(&f.logFormat, "log-format", "", "auto, json, console or journald")
	flags.StringVar(&f.logLevel, "log-level", "", "debug, info, warn or error")
	flags.StringVar(&f.listen, "listen", "", "serve /livez, /readyz and /metrics at this `ADDR`, e.g. 127.0.0.1:9309")
	return cmd
}

// settings are the flags that override the configuration.
func (f *runFlags) settings(cmd *cobra.Command) map[string]string {
	m := map[string]string{}
	for name, value := range map[string]string{"concurrency": f.concurrency, "log-format": f.logFormat, "log-level": f.logLevel, "listen": f.listen} {
		if cmd.Flags().Changed(name) {
			m[name] = value
		}
	}
	return m
}

func run_(cmd *cobra.Command, g *globals, f *runFlags) error {
	if f.timeout != 0 && !f.once && !f.dryRun {
		return usage("--timeout belongs to --once and --dry-run; a daemon runs until it is stopped")
	}
	if cmd.Flags().Changed("watch") && f.watch == "" {
		return usage("--watch is empty: name the folder")
	}
	var box *embedded
	var c *config.Config
	var err error
	var load func() (*config.Config, error)
	if g.sandbox {
		c, box, err = g.runSandbox(cmd, f)
	} else {
		load = f.loader(cmd, g)
		c, err = load()
	}
	if err != nil {
		return err
	}
	if box != nil {
		defer box.close()
	}
	if err := c.RequireRoots(); err != nil {
		return usage("%w; to try without an account: %s run --sandbox --watch ./inbox", err, self())
	}
	if f.dryRun {
		return dryRun(cmd, g, c, f.timeout)
	}
	return runDaemon(cmd.Context(), g, f, c, load)
}

// loader returns what reads the configuration as the command line says, also a second time.
func (f *runFlags) loader(cmd *cobra.Command, g *globals) func() (*config.Config, error) {
	var watch *config.Watched
	if f.watch != "" || f.workspace != "" || f.folder != "" || f.project != "" {
		watch = &config.Watched{Path: f.watch, Workspace: f.workspace, Folder: f.folder, Project: f.project}
	}
	return func() (*config.Config, error) { return g.load(f.settings(cmd), watch) }
}

// newTelemetry makes the log on stderr.
func newTelemetry(c *config.Config) (*telemetry.Telemetry, error) {
	level, err := telemetry.ParseLevel(c.Log.Level)
	if err != nil {
		return nil, err
	}
	return telemetry.New(telemetry.Options{Level: level, Format: c.Log.Format, Out: os.Stderr, IsTerminal: term.IsTerminal(int(os.Stderr.Fd())),
		IsJournal: telemetry.OnJournal(), NoColor: os.Getenv("NO_COLOR") != ""})
}

// vet looks at the disk before the daemon starts: what cannot work ends the start, what may heal is said.
func vet(c *config.Config) error {
	warnings, err := daemon.Vet(c)
	for _, warning := range warnings {
		fmt.Fprintln(os.Stderr, "florasync: warning:", harmless(warning))
	}
	if err != nil {
		return exitWith(exitUsage, err)
	}
	return nil
}

func runDaemon(ctx context.Context, g *globals, f *runFlags, c *config.Config, load func() (*config.Config, error)) (err error) {
	hup := hangups(f)
	if err := vet(c); err != nil {
		return err
	}
	log, err := newTelemetry(c)
	if err != nil {
		return usage("%w", err)
	}
	metrics := telemetry.NewMetrics(version)
	o := daemon.Options{Config: c, Version: version, Observer: telemetry.Both(log, metrics), Metrics: metrics, Log: log, Load: load, Typed: g.typed}.WithHints()
	if f.once {
		o.Growing = daemon.OnceGrowing
	}
	d, err := openDaemon(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = d.close(err) }()
	var health net.Listener
	if c.Server.Listen != "" {
		if health, err = net.Listen("tcp", c.Server.Listen); err != nil {
			d.socket.Close()
			return usage("server.listen: %w; choose another address, or none", err)
		}
		fmt.Fprintf(os.Stderr, "florasync: health and metrics at http://%s/metrics\n", health.Addr())
	}
	say := func(text string) {
		d.Stopping() // a SIGHUP that comes right behind must not reload
		log.Noticed(state.Notice{Event: state.DaemonStopping, Hint: text})
		_ = telemetry.NotifyStopping(c.Upload.Drain)
	}
	var stops []os.Signal
	if hup == nil {
		stops = append(stops, syscall.SIGHUP)
	}
	s := newStopping(ctx, func() time.Duration { return d.Config().Upload.Drain }, say, stops...)
	defer s.stop()
	log.Noticed(state.Notice{Event: state.DaemonStarted, Hint: "version " + version})
	return supervise(g, f, d.Daemon, s, log, d.socket, health, hup)
}
