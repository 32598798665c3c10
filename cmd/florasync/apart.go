package main

import "github.com/spf13/cobra"

// apart are flags of one command of which one would be ignored beside the other, and why. A script must not learn from its output which of them won.
var apart = []struct{ one, other, because string }{
	{"csv", "json", "one output has one form"},
	{"all", "follow", "what follows has every version anyway, in the order in which each settled"},
	{"all", "after", "what follows a cursor has every version anyway, in the order in which each settled"},
	{"follow", "exit-code", "what is followed ends when nobody follows it any more"},
	{"no-wait", "timeout", "nothing is waited for"},
	{"failed", "state", "--failed is a selection by state already"},
	{"sandbox", "config", "the sandbox is apart from every configuration; the flags of `run --sandbox` say what it needs"},
}

// refuseTogether refuses flags of which one would be ignored.
func refuseTogether(cmd *cobra.Command) error {
	for _, pair := range apart {
		if given(cmd, pair.one) && given(cmd, pair.other) {
			return usage("either --%s or --%s: %s", pair.one, pair.other, pair.because)
		}
	}
	if given(cmd, "null") && !given(cmd, "from-file") {
		return usage("--null says how the inputs in --from-file end: give that, too")
	}
	return nil
}

// given reports a flag that stands on the command line, and is not switched off there.
func given(cmd *cobra.Command, name string) bool {
	f := cmd.Flags().Lookup(name)
	return f != nil && f.Changed && f.Value.String() != "false"
}
