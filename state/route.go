package state

import (
	"fmt"
	"strings"
)

// Route says where at FLORA the files of a root go.
type Route struct {
	Workspace string // ws_…
	Project   string // prj_…, or ""
	Folder    string // may hold {dir}; see [Route.Resolve]
}

// dirMark in a folder template stands for the file's directory below the root.
const dirMark = "{dir}"

// Destination is the request body of a reservation: frozen once FLORA gave an asset id for it (create-asset-reference, Body Parameters).
type Destination struct {
	Workspace string `cbor:"1,keyasint,omitempty"`
	Folder    string `cbor:"2,keyasint,omitempty"`
	Name      string `cbor:"3,keyasint,omitempty"` // valid UTF-8
	Type      string `cbor:"4,keyasint,omitempty"` // a media type FLORA takes
}

// CheckFolder says what is wrong with a folder template: an unknown or unclosed {…}, control characters, or a part that is "." or "..".
func CheckFolder(template string) error {
	rest := strings.ReplaceAll(template, dirMark, "")
	if i := strings.IndexAny(rest, "{}"); i >= 0 {
		return fmt.Errorf("folder %q: %s is the only placeholder", template, dirMark)
	}
	for _, part := range strings.Split(rest, "/") {
		if part == "." || part == ".." {
			return fmt.Errorf("folder %q: %q is not a folder name", template, part)
		}
	}
	if strings.ContainsFunc(rest, unprintable) {
		return fmt.Errorf("folder %q: holds a control character", template)
	}
	return nil
}

// Resolve returns the workspace and folder of a file: {dir} becomes the path of its directory below the root, empty parts fall away, and bytes that
// are not UTF-8 become "_", since JSON cannot carry them.
func (r Route) Resolve(p Path) (workspace, folder string) {
	dir := strings.ToValidUTF8(p.Dir(), "_")
	dir = strings.Map(func(c rune) rune {
		if unprintable(c) {
			return '_'
		}
		return c
	}, dir)
	parts := strings.Split(strings.ReplaceAll(r.Folder, dirMark, dir), "/")
	kept := parts[:0]
	for _, part := range parts {
		if part != "" {
			kept = append(kept, part)
		}
	}
	return r.Workspace, strings.Join(kept, "/")
}
