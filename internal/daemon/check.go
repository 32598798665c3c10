package daemon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/source"
	"github.com/florasync/florasync/uploader/flora"
)

// Line is one result of a check.
type Line struct {
	What    string
	OK      bool
	Message string
	Hint    string
	Refused bool // FLORA refuses the key
}

const (
	// skewMax is how far the clocks may be apart before it is worth a line: certificates and signatures begin to fail.
	skewMax = 2 * time.Minute
	// spaceMin is the free space below which a record cannot be trusted to grow, in bytes.
	spaceMin = 64 << 20
	// watchesMin is the limit of watches that is worth a line: the kernel's own default on small machines.
	watchesMin = 16_384
)

// HeadRoom looks at what may run out: disk space for the record, and the kernel's limit of watches.
func HeadRoom(c *config.Config) []Line {
	var lines []Line
	if free, err := source.Space(existing(c.StateDir)); err == nil {
		lines = append(lines, Line{What: "disk", OK: free >= spaceMin, Message: fmt.Sprintf("%d MB free for the record in %s", free/1e6, c.StateDir),
			Hint: hintIf(free < spaceMin, "free some space")})
	}
	text, err := os.ReadFile("/proc/sys/fs/inotify/max_user_watches")
	if err != nil {
		return lines
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err == nil {
		lines = append(lines, Line{What: "watches", OK: n >= watchesMin, Message: fmt.Sprintf("the kernel allows %d directories to be watched", n),
			Hint: hintIf(n < watchesMin, "sysctl fs.inotify.max_user_watches=524288; beyond the limit folders are polled")})
	}
	return lines
}

// existing returns the nearest directory above path that is there.
func existing(path string) string {
	for path != "/" && path != "." {
		if _, err := os.Stat(path); err == nil {
			return path
		}
		path = path[:max(1, strings.LastIndexByte(path, '/'))]
	}
	return path
}

func hintIf(when bool, hint string) string {
	if when {
		return hint
	}
	return ""
}

// CheckAPI asks FLORA, for each root: is it there, is the key good, can the workspace and the project be listed? It changes nothing there.
func CheckAPI(ctx context.Context, o Options) ([]Line, error) {
	r, err := wire(o)
	if err != nil {
		return nil, err
	}
	var lines []Line
	asked, well := map[*account]bool{}, map[*account]bool{}
	r.each(func(root *root) {
		for _, a := range r.accounts {
			if a.Account != root.upload.Account {
				continue
			}
			if !asked[a] {
				asked[a] = true
				answer := checkAccount(ctx, a)
				well[a] = answer[0].OK
				lines = append(lines, answer...)
			}
			if well[a] { // else its one line says it
				lines = append(lines, checkRoute(ctx, a, root))
			}
		}
	})
	return lines, nil
}

func checkAccount(ctx context.Context, a *account) []Line {
	if _, err := a.key.Key(); err != nil {
		return []Line{{What: "key", Message: err.Error(), Refused: false}}
	}
	began := time.Now()
	meta, err := a.Client.Probe(ctx)
	var api *flora.Error
	switch {
	case errors.As(err, &api) && (api.Status == http.StatusUnauthorized || api.Status == http.StatusForbidden):
		return []Line{{What: "key", Message: fmt.Sprintf("%s is refused: %s", a.key.Describe(), api.Message), Hint: "replace the key", Refused: true}}
	case err != nil:
		return []Line{{What: "flora", Message: err.Error(), Hint: "look at the network, DNS, the proxy and api.base_url"}}
	}
	lines := []Line{{What: "flora", OK: true, Message: fmt.Sprintf("%s answered in %s", a.Client.BaseHost(), time.Since(began).Round(time.Millisecond))},
		{What: "key", OK: true, Message: a.key.Describe() + " is good"}}
	if skew := meta.Date.Sub(meta.ReceivedAt).Abs(); !meta.Date.IsZero() && skew > skewMax {
		lines = append(lines, Line{What: "clock", Message: fmt.Sprintf("this machine's clock and FLORA's are %s apart", skew.Round(time.Second)),
			Hint: "set the clock (timedatectl set-ntp true)"})
	}
	return lines
}

func checkRoute(ctx context.Context, a *account, r *root) Line {
	q := flora.ListQuery{WorkspaceID: r.Workspace, ProjectID: r.Project, Limit: 1}
	line := Line{What: "workspace", OK: true, Message: fmt.Sprintf("%s: %s can be listed", r.Name, strings.TrimSuffix(r.Workspace+" "+r.Project, " "))}
	if _, err := a.Client.List(ctx, q); err != nil {
		var api *flora.Error
		line.OK, line.Message, line.Hint = false, fmt.Sprintf("%s: %s: %v", r.Name, r.Workspace, err), "look at workspace and project in the configuration"
		line.Refused = errors.As(err, &api) && (api.Status == http.StatusUnauthorized || api.Status == http.StatusPaymentRequired)
	}
	return line
}
