package watcher

import (
	"context"
	"fmt"
	"strings"

	"github.com/florasync/florasync/state"
)

// inventory holds what a full scan found against what the record believes, while nothing moves: that is how every rescan proves that the two agree, as
// `state check` proves that the record agrees with itself.
type inventory struct {
	revision int64 // of the record when the scan began
	stood    int64 // files of the record that the walk met
	partial  bool  // files of the record stand where the rules do not let the walk go
}

// met counts a name that the record believes to stand.
func (i *inventory) met() {
	if i != nil {
		i.stood++
	}
}

// avoided notes a directory that the rules keep the walk out of. What the record knows of it, from other rules, is not met.
func (r *rootWatch) avoided(ctx context.Context, i *inventory, dir state.Path) error {
	if i == nil || i.partial {
		return nil
	}
	known, err := r.askNames(ctx, string(dir), "", 1)
	if err != nil {
		return err
	}
	dirs, err := r.askDirs(ctx, string(dir), 1)
	if err != nil {
		return err
	}
	i.partial = len(known) > 0 || len(dirs) > 0 && strings.HasPrefix(dirs[0], string(dir)+"/")
	return nil
}

// prove compares once the scan is over. It says nothing where it cannot know: the record moved meanwhile, or part of the folder was not walked.
func (r *rootWatch) prove(ctx context.Context, i inventory) error {
	if i.partial || len(r.blocks.paths) > 0 || r.record.Revision() != i.revision {
		return nil
	}
	believed, err := r.record.Count(ctx, r.name)
	if err != nil || believed == i.stood || r.record.Revision() != i.revision {
		return err
	}
	r.notice(state.Notice{Event: state.ScanDisagrees, N: i.stood, Err: fmt.Errorf("the record knows %d files of the folder, the walk met %d of them", believed, i.stood),
		Hint: "florasync state check says whether the record is sound"})
	return nil
}
