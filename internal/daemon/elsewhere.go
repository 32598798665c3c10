package daemon

import (
	"context"
	"fmt"

	"golang.org/x/text/unicode/norm"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// notElsewhere refuses what a command asks to send to another workspace, folder or project than the one where it is, or goes: a path that is named by hand is one
// item, which would be told as ready where it is.
func (s *service) notElsewhere(ctx context.Context, q *queue.Queue, a queue.Arrival, u control.Upload) error {
	if a.URL != "" || a.Root != "" || u.Workspace+u.Folder+u.Project == "" {
		return nil
	}
	found, err := q.Find(ctx, a.Root, a.Path)
	it := found.Item
	if err != nil || it.ID == 0 || it.Print != a.Print || it.Halt == state.Skipped {
		return err
	}
	var there, asked string
	switch {
	case u.Workspace != "" && u.Workspace != it.To.Workspace:
		there, asked = "workspace "+it.To.Workspace, u.Workspace
	case u.Folder != "" && norm.NFC.String(a.To.Folder) != norm.NFC.String(it.To.Folder):
		there, asked = fmt.Sprintf("folder %q", it.To.Folder), a.To.Folder
	case u.Project != "" && u.Project != it.Project:
		there, asked = "project "+it.Project, u.Project
		if it.Project == "" {
			there = "no project"
		}
	default:
		return nil
	}
	how := "goes to"
	if it.Standing() == state.StandsReady {
		how = "is ready in"
	}
	if it.Standing() == state.StandsFailed {
		how = "failed on its way to"
	}
	path := control.FromState(it, false).Path
	return fmt.Errorf("%w: %s %s %s: `%s` has it sent to %s when it is named again", control.ErrInput, path, how, there,
		s.o.typed("forget --upload-again "+config.ShellWord(path)), asked)
}
