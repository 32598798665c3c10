package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/florasync/florasync/internal/config"
	"github.com/spf13/cobra"
)

// globals are the flags every command takes.
type globals struct {
	config   string
	stateDir string
	sandbox  bool
	json     bool
}

const about = `Try it without an account:  %[1]s run --sandbox --watch ./inbox

florasync uploads a watched folder to FLORA. Every file that settles in the folder becomes exactly one ready
asset with exactly its bytes, through crashes, lost answers, rate limits and files that are still being written;
and it can tell for any file what happened to it and why.`

func rootCommand() *cobra.Command {
	g := &globals{}
	cmd := &cobra.Command{
		Use:           "florasync",
		Short:         "Upload watched folders to FLORA, exactly once",
		Long:          strings.ReplaceAll(about, "%[1]s", self()),
		Args:          unknownCommand,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, a []string) error {
			if err := refuseEmpty(cmd, a); err != nil {
				return err
			}
			if err := refuseTogether(cmd); err != nil {
				return err
			}
			return refuseTimeout(cmd)
		},
	}
	f := cmd.PersistentFlags()
	f.StringVar(&g.config, "config", "", "configuration `FILE` (default: $FLORASYNC_CONFIG, ~/.config/florasync/florasync.yaml, /etc/florasync/florasync.yaml)")
	f.StringVar(&g.stateDir, "state-dir", "", "`DIR` with the record of what was uploaded")
	f.BoolVar(&g.sandbox, "sandbox", false, "use the sandbox, a stand-in for FLORA on this machine, instead of the real one")
	f.BoolVar(&g.json, "json", false, "print JSON")
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usage("%w; see %s", err, helpOf(c)) })
	cmd.AddCommand(runCommand(g), uploadCommand(g), statusCommand(g), listCommand(g), waitCommand(g), explainCommand(g), retryCommand(g), forgetCommand(g),
		pauseCommand(g), resumeCommand(g), reloadCommand(g), loglevelCommand(g), checkCommand(g), sandboxCommand(g), stateCommand(g), versionCommand(g), manCommand())
	suggest(cmd)
	cmd.Version = version
	cmd.SetVersionTemplate(versionLine() + "\n")
	cmd.SetHelpCommand(helpCommand())
	cmd.InitDefaultCompletionCmd("")
	if completion, _, err := cmd.Find([]string{"completion"}); err == nil {
		completion.Example = "  source <(" + self() + " completion bash)"
		completion.Args = unknownCommand
		completion.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	}
	return cmd
}

func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Help about a command",
		Example: "  " + self() + " help run",
		RunE: func(cmd *cobra.Command, names []string) error {
			about, left, err := cmd.Root().Find(names)
			if err != nil || len(left) > 0 {
				return unknownCommand(about, left)
			}
			return about.Help()
		},
	}
}

// suggestDistance is how many letters may be wrong in a command's name: what cobra takes by default.
const suggestDistance = 2

// suggest lets each command with subcommands propose what was meant, also by names that other programs use.
func suggest(cmd *cobra.Command) {
	cmd.SuggestionsMinimumDistance = suggestDistance
	others := map[string][]string{"run": {"start", "watch", "serve", "daemon"}, "status": {"info", "ps", "health"}, "list": {"ls", "files", "log"},
		"forget": {"rm", "remove", "delete"}, "upload": {"push", "put", "add", "send"}, "explain": {"why", "show"}, "check": {"doctor", "verify", "test"}}
	for _, c := range cmd.Commands() {
		c.SuggestFor = others[c.Name()]
		if c.HasSubCommands() {
			suggest(c)
		}
	}
}

func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = ", did you mean " + strings.Join(near, " or ") + "?"
	}
	return usage("unknown command %q%s; see %s", args[0], hint, helpOf(cmd))
}

// helpOf is what to type for a command's help.
func helpOf(cmd *cobra.Command) string {
	return "`" + strings.Replace(cmd.CommandPath(), "florasync", self(), 1) + " --help`"
}

// args wraps cobra's checks of arguments, so that a wrong number of them is a usage error.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, a []string) error {
		if err := check(cmd, a); err != nil {
			return usage("%w; see %s", err, helpOf(cmd))
		}
		return nil
	}
}

// self is how this program was called, as it must be typed again: `go run` builds it into a directory that is gone afterwards.
func self() string {
	exe, err := os.Executable()
	if err == nil && strings.Contains(exe, string(filepath.Separator)+"go-build") {
		return "go run ./cmd/florasync"
	}
	if strings.ContainsRune(os.Args[0], filepath.Separator) && !filepath.IsAbs(os.Args[0]) {
		return os.Args[0]
	}
	return "florasync"
}

// typed is a command as it must be typed to reach the same record again.
func (g *globals) typed(command string) string {
	if g.config != "" {
		command += " --config " + config.ShellWord(g.config)
	}
	if g.sandbox {
		command += " --sandbox"
	}
	if g.stateDir != "" {
		command += " --state-dir " + config.ShellWord(g.stateDir)
	}
	return self() + " " + command
}
