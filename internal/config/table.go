package config

import (
	"fmt"
	"strings"
)

// Table returns every key as a Markdown table: what the README holds.
func Table() string {
	var b strings.Builder
	b.WriteString("| key | value | default | variable, flag | meaning |\n|---|---|---|---|---|\n")
	for _, s := range settings {
		over := "`" + EnvName(s.key) + "`"
		if s.flag != "" {
			over += ", `--" + s.flag + "`"
		}
		row(&b, s.key, s.sort, s.def, over, s.doc)
	}
	for _, s := range watchSettings {
		over := ""
		if s.flag != "" {
			over = "`--" + s.flag + "`"
		}
		row(&b, "watch[]."+s.key, s.sort, s.def, over, s.doc)
	}
	return b.String()
}

func row(b *strings.Builder, key, sort, def, over, doc string) {
	if def != required && !strings.Contains(def, " folder") {
		def = "`" + def + "`"
	}
	cells := []string{"`" + key + "`", sort, def, over, doc}
	for i, c := range cells {
		cells[i] = strings.ReplaceAll(c, "|", `\|`)
	}
	fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
}

// Keys returns every key in the table's order; a root's begin with "watch[].".
func Keys() []string {
	var keys []string
	for _, s := range settings {
		keys = append(keys, s.key)
	}
	for _, s := range watchSettings {
		keys = append(keys, "watch[]."+s.key)
	}
	return keys
}
