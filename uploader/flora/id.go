package flora

import (
	"fmt"
	"strings"
)

// Prefixes of FLORA's public ids. FLORA enforces them; a malformed workspace or project id was seen to give 500, which would look
// like an outage, so they are checked before anything is sent.
const (
	WorkspacePrefix = "ws_"
	ProjectPrefix   = "prj_"
	AssetPrefix     = "asset_"
)

const maxIDBytes = 200

// CheckID tells whether id is a public id with the prefix: the prefix, then 1 to 200 letters, digits, "_", "-" or ".".
func CheckID(prefix, id string) error {
	rest, ok := strings.CutPrefix(id, prefix)
	if !ok || rest == "" {
		return fmt.Errorf("id %q does not start with %s", harmless(id, 40), prefix)
	}
	if len(rest) > maxIDBytes {
		return fmt.Errorf("%s id is longer than %d bytes", prefix, maxIDBytes)
	}
	for _, r := range rest {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.') {
			return fmt.Errorf("id %q holds the character %q", harmless(id, 40), r)
		}
	}
	return nil
}

func checkIDs(op Op, pairs ...string) error {
	for i := 0; i < len(pairs); i += 2 {
		if err := CheckID(pairs[i], pairs[i+1]); err != nil {
			return &RequestError{Op: op, What: err.Error()}
		}
	}
	return nil
}
