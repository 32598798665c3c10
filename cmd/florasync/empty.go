package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// meansNothing are the flags whose empty value could only be a mistake. In a script it is a variable that was never set: `forget --under "$DIR"` would mean
// everything. An empty --root of list, retry and forget is what was named by hand; an empty --folder, --project or --listen takes away the file's.
var meansNothing = map[string]string{"config": "name the file", "state-dir": "name the folder", "under": "name the folder", "since": "give a duration or a time",
	"state": "name a state", "from-file": "name the file", "as": "name the user", "key": "give the key it is to accept",
	"root": "name the folder, or leave it out"}

// refuseEmpty refuses flags and arguments that were given, and are empty.
func refuseEmpty(cmd *cobra.Command, args []string) error {
	for _, name := range slices.Sorted(maps.Keys(meansNothing)) {
		f := cmd.Flags().Lookup(name)
		if f == nil || !f.Changed || name == "root" && cmd.Annotations[byHand] != "" {
			continue
		}
		if strings.Trim(f.Value.String(), "[] ") == "" {
			return usage("--%s is empty: %s", name, meansNothing[name])
		}
	}
	for i, a := range args {
		if a == "" {
			return usage("an empty path or name: argument %d is empty; see %s", i+1, helpOf(cmd))
		}
	}
	return nil
}

// byHand marks the commands whose --root "" is what was named by hand.
const byHand = "by-hand"

// refuseTimeout refuses a limit that was given, and is none.
func refuseTimeout(cmd *cobra.Command) error {
	if f := cmd.Flags().Lookup("timeout"); f != nil && f.Changed {
		if d, err := cmd.Flags().GetDuration("timeout"); err == nil && d <= 0 {
			return usage("--timeout %s: a duration above zero, e.g. 10m", d)
		}
	}
	return nil
}
