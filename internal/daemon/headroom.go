package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/internal/source"
)

const (
	// spaceMin is the free space below which a record cannot be trusted to grow, in bytes.
	spaceMin = 64 << 20
	// watchesMin is the limit of watches that is worth a line: the kernel's own default on small machines.
	watchesMin = 16_384
	// countTime bounds the counting of folders.
	countTime = 10 * time.Second
)

// headRoom looks at what may run out: disk space for the record, and the kernel's watches, inotify(7).
func headRoom(ctx context.Context, c *config.Config) []control.Finding {
	var lines []control.Finding
	if free, err := source.Space(source.Nearest(c.StateDir)); err == nil {
		lines = append(lines, control.Finding{What: "disk", OK: free >= spaceMin, Message: fmt.Sprintf("%d MB free for the record in %s", free/1e6, c.StateDir),
			Hint: hintIf(free < spaceMin, "free some space")})
	}
	if most, ok := limitOf("max_user_watches"); ok || limitsHidden() {
		lines = append(lines, watchRoom(ctx, c, most))
	}
	if most, ok := limitOf("max_user_instances"); ok && len(c.Watch) > most/2 { // others of this user take some, too
		lines = append(lines, control.Finding{What: "watches", Message: fmt.Sprintf("%d folders, and the kernel allows %d watchers to all programs of a user", len(c.Watch), most),
			Hint: "sysctl fs.inotify.max_user_instances=1024; beyond the limit folders are polled"})
	}
	return lines
}

func limitOf(name string) (n int, ok bool) {
	text, err := os.ReadFile("/proc/sys/fs/inotify/" + name)
	if err != nil {
		return 0, false
	}
	n, err = strconv.Atoi(strings.TrimSpace(string(text)))
	return n, err == nil
}

// limitsHidden reports that the kernel has limits which this process cannot see, as in the packages' unit: ProcSubset=pid.
func limitsHidden() bool {
	_, shown := os.Stat("/proc/sys/fs")
	_, err := os.Stat("/proc/self")
	return err == nil && shown != nil
}

// watchRoom compares the directories to be watched with the limit; 0 is one that cannot be seen.
func watchRoom(ctx context.Context, c *config.Config, limit int) control.Finding {
	ctx, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	n, most := 0, cmp.Or(limit, math.MaxInt)
	for _, w := range c.Watch {
		if w.Mode == "poll" || n > most {
			continue
		}
		if !w.Recursive {
			n++
			continue
		}
		n += countDirs(ctx, w.Path, most-n)
	}
	about := fmt.Sprint(n)
	if ctx.Err() != nil || n > most {
		about = "more than " + about
	}
	if limit == 0 {
		return control.Finding{What: "watches", OK: true, Message: "directories to be watched: " + about + "; the unit hides the kernel's limit from it",
			Hint: "compare with `sysctl fs.inotify.max_user_watches`; status says watch_limited once it is reached"}
	}
	line := control.Finding{What: "watches", OK: n < most && most >= watchesMin, Message: fmt.Sprintf("directories to be watched: %s; the kernel allows %d", about, most)}
	line.Hint = hintIf(!line.OK, "sysctl fs.inotify.max_user_watches=524288; beyond the limit folders are polled")
	return line
}

// countDirs counts directories at and below path, until there are more than most or the context ends. What cannot be read counts as one.
func countDirs(ctx context.Context, path string, most int) (n int) {
	_ = filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error { // it fails by its own stops only
		switch {
		case ctx.Err() != nil || n > most:
			return filepath.SkipAll
		case d != nil && d.IsDir() && !errors.Is(err, fs.ErrNotExist):
			n++
		}
		if err != nil && d != nil && d.IsDir() {
			return filepath.SkipDir
		}
		return nil
	})
	return n
}

func hintIf(when bool, hint string) string {
	if when {
		return hint
	}
	return ""
}
