package daemon

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/control"
)

// examineTimeout bounds the questions to FLORA.
const examineTimeout = 2 * time.Minute

// Examine looks at everything the service works with, with its rights: its folders, key, disk and FLORA. It judges the configuration as it is read now, so
// that a change can be tried before it is put in force.
func (s *service) Examine(ctx context.Context, offline bool) ([]control.Finding, error) {
	o := s.o
	lines := []control.Finding{}
	if s.live != nil {
		next, line := s.live.toBeExamined()
		o.Config = next
		lines = append(lines, line)
	}
	lines = append(lines, examineDisk(o.Config)...)
	lines = append(lines, headRoom(ctx, o.Config)...)
	if offline {
		return lines, nil
	}
	ctx, cancel := context.WithTimeout(ctx, examineTimeout)
	defer cancel()
	o.Metrics, o.Observer, o.recordOnly = nil, silent{}, false // what a check asks is no part of the work
	answers, err := checkAPI(ctx, o)
	if err != nil {
		answers = append(answers, control.Finding{What: "flora", Message: err.Error()})
	}
	return append(lines, answers...), nil
}

// toBeExamined returns the configuration as its file has it now, and says by whom it is judged and what of it is not in force.
func (d *Daemon) toBeExamined() (*config.Config, control.Finding) {
	now := d.config.Load()
	line := control.Finding{What: "daemon", OK: true, Message: fmt.Sprintf("process %d answers; what follows is judged with its rights", os.Getpid())}
	if d.o.Load == nil {
		return now, line
	}
	next, err := d.o.Load()
	if err != nil { // flags and environment of its start may be others than the asking command's
		line.OK, line.Hint = false, "put it right; until then the one that was read last is in force"
		line.Message += "; it cannot take the configuration: " + err.Error()
		return now, line
	}
	var keys []string
	for _, c := range config.Changes(now, next) {
		keys = append(keys, c.Key)
	}
	if len(keys) > 0 {
		line.Message += "; not in force yet: " + strings.Join(keys, ", ")
		line.Hint = d.o.typed("reload")
	}
	return next, line
}

func examineDisk(c *config.Config) (lines []control.Finding) {
	for _, w := range c.Watch {
		lines = append(lines, control.Finding{What: "watch", OK: true, Message: fmt.Sprintf("%s: %s → %s", w.Name, w.Path, strings.TrimSuffix(w.Workspace+"/"+w.Folder, "/"))})
	}
	for _, f := range c.CheckDisk() {
		lines = append(lines, control.Finding{What: f.Key, Message: f.Message, Hint: f.Hint})
	}
	for _, f := range c.Unseen() { // no problem as such: whoever judges is outside of the unit, and does not see its drop-ins
		lines = append(lines, control.Finding{What: f.Key, OK: true, Message: f.Message, Hint: f.Hint})
	}
	return lines
}
