package state

import (
	"net/url"
	"strings"
)

// ShownURL returns a URL fit for a log, a page or an export: without user part, query and fragment, which may be credentials. What does not parse
// becomes its part before any '?', '#' or '@', or "" when nothing safe is left.
func ShownURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" {
		cut := raw
		if i := strings.IndexAny(cut, "?#"); i >= 0 {
			cut = cut[:i]
		}
		if strings.Contains(cut, "@") {
			return ""
		}
		return cut
	}
	u.User, u.RawQuery, u.Fragment, u.RawFragment, u.ForceQuery = nil, "", "", "", false
	return u.String()
}
