package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/internal/daemon"
	"github.com/spf13/cobra"
)

type uploadFlags struct {
	control.Upload
	from    string
	zero    bool
	noWait  bool
	timeout time.Duration
	items   []control.Item // what the inputs became
}

func uploadCommand(g *globals) *cobra.Command {
	f := &uploadFlags{}
	cmd := &cobra.Command{
		Use:   "upload PATH|URL…",
		Short: "Upload files, folders or URLs now, with progress, then exit",
		Long: `Upload files, folders or URLs now, with progress, then exit.

A file named by hand overrides the configuration's include and exclude, not the types FLORA takes; in a folder the
usual extensions are taken. What is ready already is not sent again; what failed is tried again. Beside a running
daemon the daemon does the work. A URL is fetched by FLORA itself.`,
		Example: `  ` + self() + ` upload cover.png --workspace ws_XXXX --folder covers
  find . -name '*.mp4' -print0 | ` + self() + ` upload --from-file - -0 --workspace ws_XXXX
  ` + self() + ` upload https://media.flora.ai/example.png --workspace ws_XXXX --json`,
		RunE: func(cmd *cobra.Command, inputs []string) error { return upload(cmd, g, f, inputs) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.Workspace, "workspace", "", "upload to this workspace `ID` (default: that of the watched folder, or the only one configured)")
	flags.StringVar(&f.Project, "project", "", "attach what is ready to this project `ID`")
	flags.StringVar(&f.Folder, "folder", "", "into this `FOLDER` of the workspace")
	flags.StringVar(&f.from, "from-file", "", "read inputs from `FILE`, one a line; - is standard input")
	flags.BoolVarP(&f.zero, "null", "0", false, "inputs in --from-file end with a NUL byte instead of a newline")
	flags.BoolVar(&f.noWait, "no-wait", false, "with a running daemon: do not wait for the end")
	flags.DurationVar(&f.timeout, "timeout", 0, "give up waiting after this time, exit code 7; what is begun goes on with the next run")
	return cmd
}

func upload(cmd *cobra.Command, g *globals, f *uploadFlags, inputs []string) error {
	if f.from != "" {
		more, err := readInputs(f.from, f.zero)
		if err != nil {
			return usage("--from-file: %w", err)
		}
		inputs = append(inputs, more...)
	}
	if len(inputs) == 0 {
		return usage("nothing to upload: name a file, a folder or a URL")
	}
	var err error
	if f.Inputs, err = expand(inputs); err != nil {
		return err
	}
	ctx, cancel := interrupted(cmd.Context())
	defer cancel()
	running, err := g.running(ctx)
	switch {
	case ctx.Err() != nil:
		return exitWith(killed(ctx), nil)
	case err != nil:
		return err
	case running != nil:
		return f.follow(ctx, g, running)
	case f.noWait:
		return exitWith(exitNoOne, errors.New("--no-wait needs a running daemon, and there is none: leave it out"))
	}
	c, err := g.configured()
	if err != nil {
		return err
	}
	cancel() // from here on a signal drains
	return f.alone(cmd.Context(), g, c)
}

// alone uploads in this process: no daemon runs.
func (f *uploadFlags) alone(ctx context.Context, g *globals, c *config.Config) (err error) {
	if err := vet(c); err != nil {
		return err
	}
	log, err := newTelemetry(c)
	if err != nil {
		return usage("%w", err)
	}
	o := daemon.Options{Config: c, Version: version, Observer: log, HandOnly: true, Typed: g.typed}
	if g.sandbox {
		info, err := readSandbox(c.StateDir)
		if err != nil {
			return err
		}
		box, err := startEmbedded(c.StateDir, info)
		if err != nil {
			return err
		}
		defer box.close()
		c.API.BaseURL = box.info.URL
	}
	d, err := openDaemon(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = d.close(err) }()
	s := newStopping(ctx, func() time.Duration { return c.Upload.Drain }, func(text string) { fmt.Fprintln(os.Stderr, "stopping:", text) }, syscall.SIGHUP)
	defer s.stop()
	served, ran := make(chan error, 1), make(chan error, 1)
	serving, stopServing := context.WithCancel(context.Background())
	go func() { served <- d.Serve(serving, d.socket) }()
	go func() { ran <- d.Run(s.claim, s.work) }()
	err = f.followUntil(s.claim, g, d.Service(), d.Daemon)
	s.end()
	runErr := <-ran
	stopServing()
	serveErr := <-served
	if _, caught := s.code(); caught {
		return errors.Join(f.interrupted(g, d.Service(), s), runErr, serveErr)
	}
	return errors.Join(err, runErr, serveErr)
}

// interrupted tells what became of the inputs by the end of a drain: well when all of them are final all the same.
func (f *uploadFlags) interrupted(g *globals, service control.Service, s *stopping) error {
	items, err := reload(context.Background(), service, f.items, f.Inputs)
	if err != nil {
		return err
	}
	left := 0
	for _, it := range items {
		if !it.Final() {
			left++
		}
	}
	err = f.result(g, items)
	if left == 0 && len(items) > 0 {
		return err
	}
	return exitWith(s.killed(), fmt.Errorf("interrupted: %d of %d are not ready; the next run goes on", left, len(items)))
}
