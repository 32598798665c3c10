package watcher

import (
	"fmt"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/florasync/florasync/state"
)

// DefaultInclude is what is wanted when the configuration does not say: what FLORA takes. It matches in any case; patterns of the user match as written.
var DefaultInclude = []string{"**/*.{jpg,jpeg,png,webp,gif,avif,heic,heif,mp4,webm,mov,mp3,wav,ogg,pdf}"}

// Rule names what decided about a path.
type Rule string

// The rules, in the order in which they are asked.
const (
	RuleOwn       Rule = "own"       // a name of florasync's own, while it files a source away
	RuleHidden    Rule = "hidden"    // a part of the path begins with a dot
	RuleTemporary Rule = "temporary" // a name that programs use while they write, or for themselves
	RuleRecursive Rule = "recursive" // in a sub-directory, and recursive is off
	RuleExclude   Rule = "exclude"
	RuleInclude   Rule = "include"
	RuleKind      Rule = "kind" // a link, pipe, socket or device
)

// Decision is what the rules say of a path, by its name alone.
type Decision struct {
	Taken bool
	Rule  Rule   // which decided
	By    string // the pattern or the part of the path it decided by; "" when no include pattern matches
}

// Rules decide by name which files of a root are wanted. They are pure, and safe for concurrent use.
type Rules struct {
	recursive bool
	anyCase   bool
	include   []string
	exclude   []string
}

// NewRules checks the patterns of a root: doublestar's, matched against the path below the root. The error says which one does not parse, and where.
func NewRules(recursive bool, include, exclude []string) (*Rules, error) {
	r := &Rules{recursive: recursive, include: include, exclude: exclude}
	if len(include) == 0 {
		r.include = DefaultInclude
	}
	r.anyCase = len(r.include) == 1 && r.include[0] == DefaultInclude[0]
	for _, list := range []struct {
		name     string
		patterns []string
	}{{"include", include}, {"exclude", exclude}} {
		for i, p := range list.patterns {
			if !doublestar.ValidatePattern(p) {
				return nil, fmt.Errorf("%s[%d]: %q is not a pattern: %w", list.name, i, p, doublestar.ErrBadPattern)
			}
		}
	}
	return r, nil
}

// Wants says whether the rules want the file at p, and which of them decides. What stands there (a link, a pipe) and its content are not asked.
func Wants(r *Rules, p state.Path) Decision {
	if d, no := r.refuses(p); no {
		return d
	}
	name := string(p)
	if r.anyCase {
		name = strings.ToLower(name)
	}
	for _, pattern := range r.include {
		if doublestar.MatchUnvalidated(pattern, name) {
			return Decision{Taken: true, Rule: RuleInclude, By: pattern}
		}
	}
	return Decision{Rule: RuleInclude}
}

// Enters says whether a directory may hold anything that is wanted.
func (r *Rules) Enters(dir state.Path) bool {
	_, no := r.refuses(dir)
	return r.recursive && !no
}

// refuses applies what holds for each part of the way: a directory that is refused refuses what is below it.
func (r *Rules) refuses(p state.Path) (Decision, bool) {
	for end, rest := 0, string(p); ; {
		part, after, more := strings.Cut(rest, "/")
		end += len(part)
		if d, no := neverTaken(part); no {
			return d, true
		}
		for _, pattern := range r.exclude {
			if doublestar.MatchUnvalidated(pattern, string(p[:end])) {
				return Decision{Rule: RuleExclude, By: pattern}, true
			}
		}
		if !more {
			return Decision{}, false
		}
		if !r.recursive {
			return Decision{Rule: RuleRecursive, By: part}, true
		}
		end, rest = end+1, after
	}
}
