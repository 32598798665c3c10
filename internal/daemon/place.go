package daemon

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/state"
)

// place finds the root of a path in its text form, or an absolute path outside every root, which belongs to the root "". Links on the way to the file are
// followed, the file itself is not: below a root no access follows one, and what is named by hand stands below "/".
func (s *service) place(text string) (*root, state.Path, error) {
	raw, err := state.ParsePath(text)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", control.ErrInput, err)
	}
	path := string(raw)
	if !strings.HasPrefix(path, "/") {
		return nil, "", fmt.Errorf("%w: %q is not an absolute path", control.ErrInput, text)
	}
	if r, p, ok := s.rootOf(path, func(r *root) string { return r.source.Path() }); ok {
		return r, p, nil
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		path = filepath.Join(dir, filepath.Base(path))
		if r, p, ok := s.rootOf(path, realPath); ok {
			return r, p, nil
		}
	}
	hand, _ := s.roots.find("")
	return hand, state.Path(strings.TrimPrefix(path, "/")), nil
}

// byHand is what a path of a root is when it is named by hand, apart from the root.
func (s *service) byHand(r *root, p state.Path) (*root, state.Path) {
	hand, _ := s.roots.find("")
	return hand, state.Path(strings.TrimPrefix(r.source.Abs(p), "/"))
}

// rootOf finds the innermost root that an absolute path lies below. where says where a root is.
func (s *service) rootOf(path string, where func(*root) string) (best *root, p state.Path, ok bool) {
	longest := ""
	s.roots.each(func(r *root) {
		if at := where(r); below(path, at) && (best == nil || len(at) > len(longest)) {
			best, longest = r, at
		}
	})
	if best == nil {
		return nil, "", false
	}
	return best, state.Path(strings.TrimPrefix(strings.TrimPrefix(path, longest), "/")), true
}

// realPath is where a root is when links are followed; the path it was given when that cannot be told.
func realPath(r *root) string {
	if real, err := filepath.EvalSymlinks(r.source.Path()); err == nil {
		return real
	}
	return r.source.Path()
}

func below(path, dir string) bool {
	rest, ok := strings.CutPrefix(path, strings.TrimSuffix(dir, "/"))
	return ok && strings.HasPrefix(rest, "/")
}
