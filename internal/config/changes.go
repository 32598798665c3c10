package config

import (
	"fmt"
	"reflect"
)

// Change is one key in which two configurations differ.
type Change struct {
	Key   string // "upload.bandwidth", "watch[inbox].exclude"; "watch[inbox]" for a root that came or went
	Fixed bool   // it counts from the next start only
}

// Changes returns the keys in which next differs from now, in the table's order, then root by root: those of next in its order, then those that went.
// Roots are the same when their names are.
func Changes(now, next *Config) []Change {
	list := differences(settings, now, next, "")
	for i := range next.Watch {
		w := &next.Watch[i]
		before, ok := now.Root(w.Name)
		if !ok {
			list = append(list, Change{Key: rootKey(w.Name)})
			continue
		}
		list = append(list, differences(watchSettings, &before, w, rootKey(w.Name)+".")...)
	}
	for _, w := range now.Watch {
		if _, ok := next.Root(w.Name); !ok {
			list = append(list, Change{Key: rootKey(w.Name)})
		}
	}
	return list
}

func rootKey(name string) string { return fmt.Sprintf("watch[%s]", name) }

func differences[T any](all []setting[T], now, next *T, prefix string) (list []Change) {
	for _, s := range all {
		if !reflect.DeepEqual(s.get(now), s.get(next)) {
			list = append(list, Change{Key: prefix + s.key, Fixed: s.fixed})
		}
	}
	return list
}
