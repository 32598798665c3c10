package config

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// setting is one key of T, a [Config] or a [Watch]: how it is written, what it means, and where it goes.
type setting[T any] struct {
	key   string // "upload.concurrency", or below a root "after"
	def   string // as written in YAML; shown in the table
	doc   string // one line for an operator
	flag  string // the flag that overrides it, "" none
	path  bool   // a relative path counts from the file's directory, or from the working directory
	sort  string // what a value is, for the table
	set   func(*T, value) *problem
	reset func(*T)
	at    func(*T) *string // when path
	get   func(*T) any
	fixed bool // a change of it counts from the next start only
}

func text[T any](key, def, doc string, at func(*T) *string) setting[T] {
	return setting[T]{key: key, def: strconv.Quote(def), doc: doc, sort: "text", at: at, get: func(t *T) any { return *at(t) },
		set: func(t *T, v value) (p *problem) {
			s, p := v.one("a text")
			if p == nil {
				*at(t) = s
			}
			return p
		},
		reset: func(t *T) { *at(t) = def }}
}

func file[T any](key, def, doc string, at func(*T) *string) setting[T] {
	s := text(key, def, doc, at)
	if def != "" {
		s.def = def
	}
	s.path, s.sort = true, "path"
	return s
}

func word[T any](key, doc string, at func(*T) *string, words ...string) setting[T] {
	return setting[T]{key: key, def: words[0], doc: doc, sort: strings.Join(words, ", "), get: func(t *T) any { return *at(t) },
		set: func(t *T, v value) *problem {
			s, p := v.one(oneOf(words))
			switch {
			case p != nil:
				return p
			case !slices.Contains(words, s):
				return problemf("%s is not %s", quoted(s), oneOf(words)).or(didYouMean(strings.ToLower(s), words))
			}
			*at(t) = s
			return nil
		},
		reset: func(t *T) { *at(t) = words[0] }}
}

func oneOf(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

func duration[T any](key string, def, least time.Duration, doc string, at func(*T) *time.Duration) setting[T] {
	return setting[T]{key: key, def: showDuration(def), doc: doc, sort: "duration", get: func(t *T) any { return *at(t) },
		set: func(t *T, v value) *problem {
			s, p := v.one("a duration")
			if p != nil {
				return p
			}
			d, p := parseDuration(s)
			if p == nil && d < least {
				p = problemf("%s is too short: at least %s", quoted(s), showDuration(least))
			}
			if p == nil {
				*at(t) = d
			}
			return p
		},
		reset: func(t *T) { *at(t) = def }}
}

func size[T any](key string, def int64, doc string, at func(*T) *int64) setting[T] {
	return setting[T]{key: key, def: strconv.FormatInt(def, 10), doc: doc, sort: "size", get: func(t *T) any { return *at(t) },
		set: func(t *T, v value) *problem {
			s, p := v.one("a size")
			if p != nil {
				return p
			}
			n, p := parseSize(s)
			if p == nil {
				*at(t) = n
			}
			return p
		},
		reset: func(t *T) { *at(t) = def }}
}

func number[T any](key string, def, least, most int, doc string, at func(*T) *int) setting[T] {
	return setting[T]{key: key, def: strconv.Itoa(def), doc: doc, sort: "number", get: func(t *T) any { return *at(t) },
		set: func(t *T, v value) *problem {
			s, p := v.one("a number")
			if p != nil {
				return p
			}
			n, err := strconv.Atoi(strings.TrimSpace(s))
			switch {
			case errors.Is(err, strconv.ErrRange):
				return problemf("%s is not between %d and %d", quoted(s), least, most)
			case err != nil:
				return problemf("%s is not a whole number", quoted(s))
			case n < least || n > most:
				return problemf("%d is not between %d and %d", n, least, most)
			}
			*at(t) = n
			return nil
		},
		reset: func(t *T) { *at(t) = def }}
}

func yesNo[T any](key string, def bool, doc string, at func(*T) *bool) setting[T] {
	return setting[T]{key: key, def: strconv.FormatBool(def), doc: doc, sort: "true, false", get: func(t *T) any { return *at(t) },
		set: func(t *T, v value) *problem {
			s, p := v.one("true or false")
			switch {
			case p != nil:
				return p
			case s != "true" && s != "false":
				return problemf("%s is not true or false", quoted(s)).or(yesNoHint(s))
			}
			*at(t) = s == "true"
			return nil
		},
		reset: func(t *T) { *at(t) = def }}
}

func yesNoHint(s string) string {
	switch strings.ToLower(s) {
	case "yes", "y", "on", "1", "true":
		return "did you mean true?"
	case "no", "n", "off", "0", "false":
		return "did you mean false?"
	}
	return ""
}
