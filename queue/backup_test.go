package queue

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

func TestBackupHoldsNoSecretAndOpens(t *testing.T) {
	dir := t.TempDir()
	q := openInbox(t, filepath.Join(dir, "queue.db"))
	defer q.Close()
	if _, err := q.Sight(t.Context(), []Arrival{seen("a", 1), {URL: "https://hans:geheim@x/y.png?signature=hush"}}); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := q.Backup(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"hans", "geheim", "hush"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the backup holds %q", secret)
		}
	}
	restored := filepath.Join(dir, "restored.db")
	put(t, restored, out.Bytes())
	r, err := Open(t.Context(), Options{Path: restored})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.MarkRestored(t.Context()); err != nil || r.Restored() != 2 {
		t.Errorf("restored up to %v, %v", r.Restored(), err)
	}
	if rep, err := r.Check(t.Context()); err != nil || !rep.OK() || rep.Rows != 2 {
		t.Errorf("check: %+v, %v", rep, err)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".florasync-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
