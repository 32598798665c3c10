package config

import (
	"fmt"
	"strings"
)

// unknown tells a key that there is not, with the one that was meant or the place where it belongs. near are the keys that may stand here.
func (r *reader) unknown(e entry, within string, near []string) {
	hint := didYouMean(e.name, near)
	if hint == "" {
		hint = elsewhere(e.name, within)
	}
	r.add(e.at, secret.ReplaceAllString(join(within, printable(e.name)), "sk_…"), problemf("no such key").or(hint))
}

// elsewhere says where a key belongs that stands in the wrong place.
func elsewhere(name, within string) string {
	if name == "key" || name == "api_key" || name == "token" {
		return "the API key never stands here: set FLORA_API_KEY, or name its file with key_file"
	}
	for _, s := range watchSettings {
		if s.key == name && !strings.HasPrefix(within, "watch[") {
			return name + " belongs to a folder of watch"
		}
	}
	for _, s := range settings {
		if section, key, ok := strings.Cut(s.key, "."); ok && key == name && section != within {
			return name + " belongs to " + section
		}
	}
	return ""
}

func sameAs(p place) string { return fmt.Sprintf("the first is in line %d", p.line) }

func printable(s string) string {
	q := quoted(s)
	return q[1 : len(q)-1]
}
