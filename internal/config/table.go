package config

import (
	"fmt"
	"strings"
)

// Table returns every key as a Markdown table: what docs/configure.md holds.
func Table() string {
	var b strings.Builder
	b.WriteString("| key | value | default | variable, flag | in force by | meaning |\n|---|---|---|---|---|---|\n")
	for _, e := range Entries() {
		var over []string
		for _, name := range []string{e.Variable, e.Flag} {
			if name != "" {
				over = append(over, "`"+name+"`")
			}
		}
		row(&b, e.Key, e.Sort, e.Default, strings.Join(over, ", "), by(e.Fixed), e.Doc)
	}
	return b.String()
}

// by says when a changed value counts.
func by(fixed bool) string {
	if fixed {
		return "restart"
	}
	return "reload"
}

func row(b *strings.Builder, key, sort, def, over, by, doc string) {
	if def != required && !strings.Contains(def, " folder") {
		def = "`" + def + "`"
	}
	cells := []string{"`" + key + "`", sort, def, over, by, doc}
	for i, c := range cells {
		cells[i] = strings.ReplaceAll(c, "|", `\|`)
	}
	fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
}

// Entry is one key as a manual tells of it.
type Entry struct {
	Key      string // "upload.concurrency"; a root's begin with "watch[]."
	Sort     string // what a value is: "duration"
	Default  string // as written in YAML, or "required", or in words
	Variable string // that overrides it; "" none
	Flag     string // that overrides it, with its dashes; "" none
	Fixed    bool   // a change counts from the next start only
	Doc      string // one line, with `code` as in Markdown
}

// Entries returns every key in the table's order.
func Entries() []Entry {
	var all []Entry
	for _, s := range settings {
		all = append(all, Entry{s.key, s.sort, s.def, EnvName(s.key), dashed(s.flag), s.fixed, s.doc})
	}
	for _, s := range watchSettings {
		all = append(all, Entry{"watch[]." + s.key, s.sort, s.def, "", dashed(s.flag), s.fixed, s.doc})
	}
	return all
}

func dashed(flag string) string {
	if flag == "" {
		return ""
	}
	return "--" + flag
}

// Keys returns every key in the table's order; a root's begin with "watch[].".
func Keys() []string {
	var keys []string
	for _, e := range Entries() {
		keys = append(keys, e.Key)
	}
	return keys
}
