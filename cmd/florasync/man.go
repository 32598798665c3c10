package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

func manCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "man",
		Short:   "Print the manual page",
		Long:    "Print the manual page of all commands, in the man macros of roff: man(7).",
		Example: "  " + self() + " man > /usr/local/share/man/man1/florasync.1",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var b bytes.Buffer
			root := cmd.Root()
			fmt.Fprintf(&b, ".TH FLORASYNC 1 \"\" \"florasync %s\"\n.SH NAME\nflorasync \\- %s\n.SH DESCRIPTION\n%s", version, roff(root.Short), paragraphs(root.Long))
			b.WriteString(".SH COMMANDS\n")
			manOf(&b, root)
			fmt.Fprintf(&b, ".SH OPTIONS\nEverywhere:\n%s", literal(root.PersistentFlags().FlagUsages()))
			_, err := os.Stdout.Write(b.Bytes())
			return err
		},
	}
}

// manOf writes a section for each command below cmd.
func manOf(b *bytes.Buffer, cmd *cobra.Command) {
	for _, c := range cmd.Commands() {
		if !c.IsAvailableCommand() || c.Name() == "completion" || c.Name() == "help" {
			continue
		}
		about := c.Long
		if about == "" {
			about = c.Short
		}
		fmt.Fprintf(b, ".SS \"%s\"\n%s", roff(strings.TrimSuffix(c.UseLine(), " [flags]")), paragraphs(about))
		if flags := c.LocalNonPersistentFlags(); flags.HasAvailableFlags() {
			b.WriteString(literal(flags.FlagUsages()))
		}
		if c.Example != "" {
			b.WriteString(".PP\nExamples:\n" + literal(c.Example))
		}
		manOf(b, c)
	}
}

// roff escapes what roff would take for a request or an escape.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, `"`, `\(dq`).Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	return text
}

func paragraphs(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			b.WriteString(".PP\n")
			continue
		}
		b.WriteString(roff(line) + "\n")
	}
	return b.String()
}

// literal is text whose lines and blanks stay as they are.
func literal(text string) string {
	var b strings.Builder
	b.WriteString(".PP\n.nf\n")
	for line := range strings.Lines(text) {
		b.WriteString(roff(strings.TrimRight(line, "\n")) + "\n")
	}
	return b.String() + ".fi\n"
}
