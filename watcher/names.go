package watcher

import (
	"strings"

	"github.com/florasync/florasync/internal/source"
)

// temporarySuffixes are what programs add to a name while they write to it: browsers, download managers, FTP servers, editors. Any case.
var temporarySuffixes = []string{".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart", ".uploading", ".!ut", ".aria2", ".swp",
	".swx", "~"}

// temporaryNames are files and directories that systems keep for themselves. Lower case, matched in any.
var temporaryNames = map[string]bool{"thumbs.db": true, "desktop.ini": true, "@eadir": true, "lost+found": true}

// temporaryPrefixes that do not begin with a dot: Office's lock files. The others (.~*, .#*, .nfs*, .fuse_hidden*, ._*, rsync's .name.XXXXXX and its
// directories, .DS_Store, .Trash-*) are hidden names.
var temporaryPrefixes = []string{"~$"}

// holdSuffixes name files that hold the file beside them back while they exist: X.part holds X.
var holdSuffixes = []string{".part", ".aria2", ".lock"}

// neverTaken decides by one part of a path what no pattern can ask for.
func neverTaken(part string) (Decision, bool) {
	if strings.HasPrefix(part, source.AsidePrefix) {
		return Decision{Rule: RuleOwn, By: part}, true
	}
	if strings.HasPrefix(part, ".") {
		return Decision{Rule: RuleHidden, By: part}, true
	}
	if temporary(part) {
		return Decision{Rule: RuleTemporary, By: part}, true
	}
	return Decision{}, false
}

func temporary(part string) bool {
	lower := strings.ToLower(part)
	if temporaryNames[lower] {
		return true
	}
	for _, s := range temporarySuffixes {
		if strings.HasSuffix(lower, s) {
			return true
		}
	}
	for _, p := range temporaryPrefixes {
		if strings.HasPrefix(lower, p) {
			return true
		}
	}
	return false
}

// isHold reports the name of a hold file.
func isHold(name string) bool {
	_, ok := heldBy(name)
	return ok
}

// heldBy returns the name that this one holds back, if it is a hold file's.
func heldBy(name string) (string, bool) {
	for _, s := range holdSuffixes {
		if held, ok := strings.CutSuffix(name, s); ok && held != "" {
			return held, true
		}
	}
	return "", false
}
