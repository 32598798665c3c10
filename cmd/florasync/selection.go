package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/state"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// selection says which files a command is about: by name, or by flags.
type selection struct {
	states             []string
	root, under, since string
	failed, yes        bool
	must               bool // where nobody can be asked, --yes has to say that so many are meant
}

func (sel *selection) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&sel.failed, "failed", false, "all that failed, or are ready with an error")
	f.BoolVar(&sel.yes, "yes", false, "do not ask whether so many are meant")
	selectFlags(cmd, &sel.states, &sel.root, &sel.under, &sel.since)
}

// selectFlags are the flags by which list, retry and forget select.
func selectFlags(cmd *cobra.Command, states *[]string, root, under, since *string) {
	cmd.Annotations = map[string]string{byHand: "yes"}
	f := cmd.Flags()
	f.StringSliceVar(states, "state", nil, "only these `STATES`: waiting, active, ready, failed, skipped")
	f.StringVar(root, "root", "", "only this watched folder, by its `NAME`; \"\" is what was named by hand")
	f.StringVar(under, "under", "", "only below this `DIR`")
	f.StringVar(since, "since", "", "only what changed since `T`: a duration (24h) or a time (2026-03-01, 2026-03-01T12:00:00Z)")
}

// filterOf reads the flags of selectFlags.
func filterOf(cmd *cobra.Command, states []string, root, under, since string) (f control.Filter, err error) {
	for _, word := range states {
		if _, ok := state.ParseStanding(word); !ok {
			return f, usage("--state %q is not waiting, active, ready, failed or skipped", word)
		}
	}
	f.States = states
	if cmd.Flags().Changed("root") {
		f.Root = &root
	}
	if under != "" {
		if f.Under, err = absolutePath(under); err != nil {
			return f, err
		}
	}
	if since != "" {
		f.Since, err = parseSince(since, time.Now())
	}
	return f, err
}

func (sel *selection) filter(cmd *cobra.Command, names []string) (f control.Filter, err error) {
	flags := sel.failed
	for _, name := range []string{"state", "root", "under", "since"} {
		flags = flags || cmd.Flags().Changed(name)
	}
	switch {
	case flags && len(names) > 0:
		return f, usage("either name paths or ids, or select by --failed, --state, --root, --under or --since")
	case !flags && len(names) == 0:
		return f, usage("name paths or ids, or select by --failed, --state, --root, --under or --since; see %s", helpOf(cmd))
	case flags:
		f, err = filterOf(cmd, sel.states, sel.root, sel.under, sel.since)
		f.Failed = sel.failed
		return f, err
	}
	for _, name := range names {
		text, err := absolute(name)
		if err != nil {
			return f, err
		}
		f.Names = append(f.Names, text)
	}
	return f, nil
}

// meant asks on a terminal whether so many files are meant.
func (sel *selection) meant(do string, n int) (bool, error) {
	if n == 0 {
		return true, nil
	}
	if !term.IsTerminal(int(os.Stdin.Fd())) || !term.IsTerminal(int(os.Stderr.Fd())) {
		if sel.must {
			return false, usage("%s %d files? add --yes", do, n)
		}
		return true, nil
	}
	fmt.Fprintf(os.Stderr, "%s %d files? [y/N] ", do, n)
	answer, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && answer == "" {
		return false, nil // nobody answers
	}
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes", nil
}
