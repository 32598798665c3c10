package scenarios

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// moments are when something befalls a file: how a script comes there, and how it goes on. What is sent during the upload is more than a socket holds.
var moments = []struct{ name, size, before, after string }{
	{"BeforeTheUpload", "30000", "start\npause\n" + written + "until list '\"state\":\"waiting\"'\n", "resume\n"},
	{"DuringTheUpload", "12000000", written + "hold\nstart\nuploading inbox/a.png\n", "release\n"},
	{"AfterTheUpload", "30000", written + "start\nready inbox/a.png\nrest\n", ""},
}

const written = "write outside/b.png SIZE\nwrite inbox/a.png SIZE\n"

// mounted has the folder be a file system of its own, as a card or a drive is.
const mounted = "exec mkdir disk\nexec mount -t tmpfs none disk\nexec mount --bind disk inbox\n"

// befalls is what can befall a file under our hands: what happens, and what has to be so in the end, for each moment or for all.
var befalls = []struct {
	name, happens string
	then          []string
}{
	{"Grows", "append inbox/a.png 1000", []string{another, another, another + both}},
	{"Shrinks", "exec truncate -s -1000 inbox/a.png\nwhole inbox/a.png", []string{another, another, another + both}},
	{"RewrittenWithItsSizeAndTime", "exec touch -r inbox/a.png stamp\nrewrite inbox/a.png\nexec touch -r stamp inbox/a.png", []string{another, another, another + both}},
	// What is being sent is an open file: a name that now means another one does not touch it, and both are versions that settled.
	{"ReplacedByARename", "exec mv outside/b.png inbox/a.png", []string{another, another + both, another + both}},
	{"Renamed", "mv inbox/a.png inbox/b.png", []string{"ready inbox/b.png\n" + only + "until list '\"path\":\"b.png\"'\n"}},
	{"Deleted", "rm inbox/a.png", []string{"rest\nassets 0\nuntil list '\"reason\":\"gone\"'\n", "until list '\"state\":\"ready\"'\n" + only, only}},
	{"MadeUnreadable", "exec chmod 000 inbox/a.png", []string{
		"until list 'permission denied'\nassets 0\nexec chmod 644 inbox/a.png\nready inbox/a.png\n" + only,
		"until list '\"state\":\"ready\"'\nexec chmod 644 inbox/a.png\nready inbox/a.png\n" + only,
		"rest\nexec chmod 644 inbox/a.png\n" + only}},
	// An empty directory is left at the folder's path. Lazily, as a card is pulled: what is being sent is open.
	{"RootUnmounted", "exec umount -l inbox\nuntil status '\"root_offline\"'", []string{"exec mount --bind disk inbox\nuntil status '\"state\":\"live\"'\nready inbox/a.png\n" + only}},
	{"RootAway", "mv inbox elsewhere\nuntil status '\"root_offline\"'", []string{"mv elsewhere inbox\nuntil status '\"state\":\"live\"'\nready inbox/a.png\n" + only}},
}

const (
	another = "ready inbox/a.png\nrest\n" // what stands there now is ready
	both    = "assets 2\nrows 2\n"        // and so is what stood there before
	only    = "rest\nassets 1\nrows 1\n"  // one row, one asset
)

// TestWhateverBefallsAFile is the table: each thing that can befall a file, before, during and after its upload. By digest: only whole versions become
// ready, each once; what stands there in the end is ready; what settled before is ready, too, unless its bytes were gone before they were read.
func TestWhateverBefallsAFile(t *testing.T) {
	dir := t.TempDir()
	for _, b := range befalls {
		for i, m := range moments {
			then := b.then[min(i, len(b.then)-1)]
			script := strings.ReplaceAll(m.before, "SIZE", m.size) + b.happens + "\n" + m.after + then + "promises\n"
			switch {
			case b.name == "MadeUnreadable" && !mounts():
				script = "skip 'root reads everything, and cannot be kept from it here'\n"
			case b.name == "RootUnmounted" && !mounts():
				script = "skip 'no mount namespace can be made here'\n"
			case b.name == "RootUnmounted":
				script = mounted + script
			}
			if err := os.WriteFile(filepath.Join(dir, b.name+m.name+".txtar"), []byte(script), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	play(t, dir)
}
