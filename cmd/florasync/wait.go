package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/florasync/florasync/internal/control"
	"github.com/spf13/cobra"
)

func waitCommand(g *globals) *cobra.Command {
	var root string
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "wait [PATH…]",
		Short: "Wait until files are final",
		Long: `Wait until files, the files of a folder, or all files are final: ready, failed or skipped.

Exit code 0 when all are ready or skipped, 1 when some failed or a path is unknown, 3 when something waits and no
daemon runs, 7 when the time ran out.`,
		Example: "  " + self() + " wait /srv/inbox/cover.png --timeout 5m\n  " + self() + " wait --root inbox",
		RunE: func(cmd *cobra.Command, paths []string) error {
			if root != "" && len(paths) > 0 {
				return usage("either paths or --root, not both")
			}
			ctx, cancel := interrupted(cmd.Context())
			defer cancel()
			if timeout > 0 {
				ctx, cancel = context.WithTimeoutCause(ctx, timeout, errWaited)
				defer cancel()
			}
			return wait(ctx, g, paths, root)
		},
	}
	cmd.Flags().StringVar(&root, "root", "", "wait for this watched folder, by its `NAME`")
	cmd.Flags().DurationVar(&timeout, "timeout", 0, "give up after this time, exit code 7")
	return cmd
}

var errWaited = errors.New("the time ran out")

func wait(ctx context.Context, g *globals, paths []string, root string) error {
	for i, p := range paths {
		var err error
		if paths[i], err = absolute(p); err != nil {
			return err
		}
	}
	for {
		s, err := g.service()
		if err != nil {
			return err
		}
		var left, bad int
		if len(paths) > 0 {
			left, bad, err = waitPaths(ctx, s, paths)
		} else {
			left, bad, err = waitRoots(ctx, s, root)
		}
		switch {
		case ctx.Err() != nil && errors.Is(context.Cause(ctx), errWaited):
			return exitWith(exitTimeout, fmt.Errorf("the time ran out: %d are not final", max(left, 1)))
		case ctx.Err() != nil:
			return exitWith(killed(ctx), nil)
		case err != nil:
			return err
		case left == 0 && bad > 0:
			return exitWith(exitFailed, fmt.Errorf("%d failed: %s", bad, g.typed("list --state failed")))
		case left == 0:
			return nil
		case !s.live:
			return exitWith(exitNoOne, fmt.Errorf("%d wait, and no daemon runs: start it with `%s`", left, g.typed("run")))
		}
		timer := time.NewTimer(300 * time.Millisecond)
		select {
		case <-ctx.Done():
			timer.Stop()
		case <-timer.C:
		}
	}
}

// waitPaths counts the paths that are not final, and those that failed. A path that the daemon has not seen yet may still be settling.
func waitPaths(ctx context.Context, s *either, paths []string) (left, bad int, err error) {
	for _, p := range paths {
		e, err := s.Explain(ctx, p)
		switch {
		case err != nil:
			return left, bad, err
		case e.Item == nil && !e.Coming:
			return left, bad, exitWith(exitFailed, fmt.Errorf("%s: %s", shown(p), strings.TrimSuffix(e.Verdict+"; "+e.Next, "; ")))
		case e.Item == nil || !e.Item.Final() || e.Settling != "":
			left++
		case e.Item.Bad():
			bad++
		}
	}
	return left, bad, nil
}

func waitRoots(ctx context.Context, s control.Service, root string) (left, bad int, err error) {
	v, err := s.Status(ctx)
	if err != nil {
		return 0, 0, err
	}
	found := root == ""
	for _, r := range v.Roots {
		if root != "" && r.Name != root {
			continue
		}
		found = true
		left += int(r.Waiting + r.Active + r.Settling)
		bad += int(r.Failed)
		if r.Path != "" && r.LastScanAt.IsZero() && !v.StartedAt.IsZero() && r.State != "offline" {
			left++ // not looked at yet
		}
	}
	if !found {
		return 0, 0, exitWith(exitFailed, fmt.Errorf("root %q: unknown", root))
	}
	if left > 0 || bad > 0 {
		return left, bad, nil
	}
	f := control.Filter{Failed: true}
	if root != "" {
		f.Root = &root
	}
	page, err := s.List(ctx, f, "", 1)
	return 0, len(page.Items), err
}
