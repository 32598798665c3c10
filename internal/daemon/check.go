package daemon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/uploader/flora"
)

// checkAPI asks FLORA, for each root: is it there, is the key good, can the workspace and the project be listed? It changes nothing there.
func checkAPI(ctx context.Context, o Options) ([]control.Finding, error) {
	r, err := wire(o)
	if err != nil {
		return nil, err
	}
	defer r.close()
	lines := []control.Finding{proxyLine(o.Config)}
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

func checkAccount(ctx context.Context, a *account) []control.Finding {
	if _, err := a.key.Key(); err != nil {
		return []control.Finding{{What: "key", Message: err.Error()}}
	}
	began := time.Now()
	meta, err := a.Client.Probe(ctx)
	var api *flora.Error
	switch {
	case errors.As(err, &api) && (api.Status == http.StatusUnauthorized || api.Status == http.StatusForbidden):
		return []control.Finding{{What: "key", Message: fmt.Sprintf("%s is refused: %s", a.key.Describe(), api.Message), Hint: a.key.Replace(), Refused: true}}
	case err != nil:
		return []control.Finding{{What: "flora", Message: err.Error(), Hint: "look at the network, DNS, the proxy and api.base_url"}}
	}
	lines := []control.Finding{{What: "flora", OK: true, Message: fmt.Sprintf("%s answered in %s", a.Client.BaseHost(), time.Since(began).Round(time.Millisecond))},
		{What: "key", OK: true, Message: a.key.Describe() + " is good"}}
	if apart := meta.Date.Sub(meta.ReceivedAt); !meta.Date.IsZero() && apart.Abs() > skewMax {
		lines = append(lines, control.Finding{What: "clock", Message: skewText(apart), Hint: hintClock})
	} else if !meta.Date.IsZero() {
		lines = append(lines, control.Finding{What: "clock", OK: true, Message: "agrees with FLORA's"})
	}
	return lines
}

// proxyLine says how requests to FLORA leave this machine. A proxy's user and password are not shown.
func proxyLine(c *config.Config) control.Finding {
	line := control.Finding{What: "proxy", OK: true, Message: "none: requests go straight to FLORA"}
	base, err := flora.ParseBaseURL(c.API.BaseURL)
	if err != nil {
		return line // said where the configuration is checked
	}
	switch proxy, err := http.ProxyFromEnvironment(&http.Request{URL: base}); {
	case err != nil, proxy != nil && (proxy.Path != "" && proxy.Path != "/" || proxy.Hostname() == ""): // what is no URL is read as the host of one
		line.OK, line.Message, line.Hint = false, "HTTPS_PROXY is not the URL of a proxy", "write http://host:port"
	case proxy != nil:
		line.Message = fmt.Sprintf("requests to %s go through %s", base.Host, proxy.Scheme+"://"+proxy.Host)
	}
	return line
}

func checkRoute(ctx context.Context, a *account, r *root) control.Finding {
	q := flora.ListQuery{WorkspaceID: r.Workspace, ProjectID: r.Project, Limit: 1}
	line := control.Finding{What: "workspace", OK: true, Message: fmt.Sprintf("%s: %s can be listed", r.Name, strings.TrimSuffix(r.Workspace+" "+r.Project, " "))}
	if _, err := a.Client.List(ctx, q); err != nil {
		var api *flora.Error
		line.OK, line.Message, line.Hint = false, fmt.Sprintf("%s: %s: %v", r.Name, r.Workspace, err), "look at workspace and project in the configuration"
		line.Refused = errors.As(err, &api) && (api.Status == http.StatusUnauthorized || api.Status == http.StatusPaymentRequired)
	}
	return line
}
