package daemon

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/watcher"
)

// explainFile tells what the watcher and its rules say of the file that stands there now.
func (s *service) explainFile(e *control.Explanation, r *root, p state.Path, known, marked bool, it state.Item) {
	d := watcher.Wants(r.rules, p)
	e.Rule = control.Text(ruleText(d))
	entry, err := r.source.Stat(p)
	absent := errors.Is(err, fs.ErrNotExist)
	if s.live != nil {
		why := s.live.watcher.Explain(r.Name, p)
		if why.Waiting != "" {
			waits := string(why.Waiting)
			if why.By != "" {
				waits += " by " + why.By
			}
			e.Settling = control.Text(fmt.Sprintf("%s, since %s", waits, control.Time{Time: why.Since}))
		}
		if why.Blocked != "" {
			e.Settling = control.Text("cannot be read: " + why.Blocked)
		}
	}
	if known {
		if !absent && err == nil && entry.Kind == source.Regular && entry.Print != it.Print && it.Away != state.AwayMoved && it.Away != state.AwayDeleted {
			e.Verdict += "; the file has changed since"
		}
		if absent && it.Away != state.AwayMoved && it.Away != state.AwayDeleted && it.Reason != state.Gone {
			e.Verdict += "; no file stands there now"
		}
		return
	}
	switch isDir := err == nil && entry.Kind == source.Dir; {
	case isDir && r.rules.Enters(p):
		e.Verdict, e.Next, e.Rule = "a folder", "name a file in it", ""
	case isDir:
		if e.Verdict = "a folder that is not entered"; d.Rule == watcher.RuleInclude {
			e.Rule = control.Text(string(watcher.RuleRecursive) + ": false")
		}
	case !d.Taken && d.Rule != "":
		e.Verdict = "not taken: " + ruleText(d)
	case errors.Is(err, source.ErrOffline):
		e.Verdict = "unknown: the folder is not there"
	case absent:
		e.Verdict = "no such file, and the record has no upload at this path; what was renamed stands at its new one"
	case err != nil:
		e.Verdict = "cannot be looked at: " + err.Error()
	case entry.Kind != source.Regular:
		e.Verdict = "not taken: not a regular file (links, pipes and devices never are)"
	case marked:
		e.Verdict = "not taken: it was there at the first start (existing: ignore), or was forgotten"
		e.Next = "nothing; `" + s.o.typed("upload "+config.ShellWord(r.source.Abs(p))) + "` takes it all the same"
	case e.Settling != "":
		e.Verdict = "not settled yet: " + string(e.Settling)
		e.Next, e.Coming = "it is enqueued when it has settled", true
	case unreadable(r, p) != nil:
		e.Verdict, e.Next, e.Coming = "cannot be read: "+unreadable(r, p).Error(), "it is taken when it can be read", s.live != nil
	case s.live == nil:
		e.Verdict, e.Next = "not seen yet", "florasync takes it when it runs"
	default:
		e.Verdict, e.Next, e.Coming = "not seen yet", "the next look at its folder finds it", true
	}
}

// unreadable says why a file cannot be opened; nil when it can.
func unreadable(r *root, p state.Path) error {
	f, err := r.source.Open(p)
	if err != nil {
		return err
	}
	return f.Close()
}

func ruleText(d watcher.Decision) string {
	if d.By == "" {
		if d.Taken {
			return string(d.Rule)
		}
		return string(d.Rule) + ": no pattern matches"
	}
	return fmt.Sprintf("%s %q", d.Rule, d.By)
}
