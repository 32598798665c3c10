package telemetry

import (
	"fmt"
	"io"
	"strings"

	"github.com/coreos/go-systemd/v22/journal"
)

// OnJournal reports whether standard error goes to systemd's journal: JOURNAL_STREAM names it (systemd.exec(5)).
func OnJournal() bool {
	yes, err := journal.StderrIsJournalStream()
	return err == nil && yes
}

// journalField is the name of a field in the journal: `journalctl FLORASYNC_ASSET_ID=…` finds what a JSON line has as asset_id.
func journalField(name string) string { return "FLORASYNC_" + strings.ToUpper(name) }

// Send hands a message to the journal: [journal.Send].
type Send func(message string, priority journal.Priority, vars map[string]string) error

// sendJournal hands a line to the journal in its own protocol, with its fields (systemd.io/JOURNAL_NATIVE_PROTOCOL): MESSAGE is the sentence, PRIORITY the
// level. Values may hold anything.
func sendJournal(send Send, l line) error {
	vars := map[string]string{"SYSLOG_IDENTIFIER": "florasync", journalField("event"): string(l.event), journalField("level"): l.level.String()}
	for _, f := range l.fields() {
		vars[journalField(f.name)] = f.value()
	}
	if len(l.counts) > 0 {
		vars[journalField("counts")] = countsText(l.counts)
	}
	return send(sentence(l), journal.Priority(l.level.priority()), vars)
}

// writeJournal is for a journal that reads our standard error: it takes the priority before the line off again (sd-daemon(3)), and keeps its own time.
func writeJournal(out io.Writer, l line) {
	_, _ = fmt.Fprintf(out, "<%d>%s\n", l.level.priority(), sentence(l))
}
