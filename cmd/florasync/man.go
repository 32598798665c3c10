package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/florasync/florasync/internal/config"
	"github.com/spf13/cobra"
)

func manCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "man [1|5]",
		Short: "Print the manual pages",
		Long: `Print a manual page in the man macros of roff, man(7): florasync(1), of all commands, or with 5 florasync.yaml(5), of
the configuration. The packages bring both.`,
		Example: "  " + self() + " man > /usr/local/share/man/man1/florasync.1\n  " + self() + " man 5 > /usr/local/share/man/man5/florasync.yaml.5",
		Args:    args(cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs)), ValidArgs: []string{"1", "5"},
		RunE: func(cmd *cobra.Command, a []string) error {
			page := commandsPage(cmd.Root())
			if len(a) > 0 && a[0] == "5" {
				page = configurationPage()
			}
			_, err := os.Stdout.WriteString(page)
			return err
		},
	}
}

// commandsPage is florasync(1).
func commandsPage(root *cobra.Command) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, ".TH FLORASYNC 1 \"\" \"florasync %s\"\n.SH NAME\nflorasync \\- %s\n.SH DESCRIPTION\n%s", version, roff(root.Short), paragraphs(root.Long))
	b.WriteString(".SH COMMANDS\n")
	manOf(&b, root)
	fmt.Fprintf(&b, ".SH OPTIONS\nEverywhere:\n%s", literal(root.PersistentFlags().FlagUsages()))
	b.WriteString(".SH EXIT STATUS\n")
	for _, e := range exits {
		item(&b, strconv.Itoa(e.code), e.means)
	}
	b.WriteString(".SH ENVIRONMENT\n")
	item(&b, "FLORA_API_KEY", "the API key; before the systemd credential flora-api-key, and that before the file api.key_file")
	item(&b, "FLORA_BASE_URL", "FLORA's API, instead of api.base_url")
	item(&b, "FLORASYNC_CONFIG", "the configuration, when --config does not name it")
	item(&b, "FLORASYNC_UPLOAD_CONCURRENCY and the like", "each key of the configuration outside watch: florasync.yaml(5)")
	b.WriteString(".SH FILES\n")
	item(&b, config.EtcFile, "the service's configuration; an instance florasync@NAME has NAME.yaml beside it")
	item(&b, config.EtcStateDir, "the service's record; an instance's has -NAME behind it")
	item(&b, "/usr/share/florasync", "the configuration with every key, drop-ins for the unit, alert rules, a dashboard")
	b.WriteString(".SH SEE ALSO\nflorasync.yaml(5), systemd.service(5), journalctl(1)\n")
	return b.String()
}

// configurationPage is florasync.yaml(5).
func configurationPage() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, ".TH FLORASYNC.YAML 5 \"\" \"florasync %s\"\n.SH NAME\nflorasync.yaml \\- configuration of florasync\n.SH DESCRIPTION\n", version)
	b.WriteString(paragraphs(`A folder and a workspace are enough:`))
	b.WriteString(literal("  watch:\n    - path: /srv/inbox\n      workspace: ws_XXXX\n"))
	b.WriteString(".PP\n" + paragraphs(`A flag is stronger than the environment, the environment than this file, and this file than the defaults. Durations are
300ms, 30s, 10m, 1h30m or 1d; sizes are bytes, or 20MB (20,000,000), or 20MiB (20,971,520). Paths that are not absolute
count from the file's folder. florasync check tells what is wrong with it.`))
	b.WriteString(".SH KEYS\n")
	for _, e := range config.Entries() {
		text := strings.ReplaceAll(e.Doc, "`", "")
		facts := []string{e.Sort, "default " + e.Default}
		if e.Default == "required" {
			facts[1] = e.Default
		}
		for _, name := range []string{e.Variable, e.Flag} {
			if name != "" {
				facts = append(facts, name)
			}
		}
		item(&b, e.Key, text+" ("+strings.Join(facts, "; ")+")")
	}
	b.WriteString(".SH SEE ALSO\nflorasync(1)\n")
	return b.String()
}

// item is one of a list: a name, and below it what it means.
func item(b *bytes.Buffer, name, means string) {
	fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(name), roff(means))
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
