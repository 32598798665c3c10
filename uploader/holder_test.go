package uploader_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// TestAdoptsNoAssetThatAnotherRowHolds: two files of one name with equal bytes, both ready when their record is lost. The new record finds two assets that
// either file may have made, and gives each file one of them, also when the second file is looked at long after the first.
func TestAdoptsNoAssetThatAnotherRowHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{})
		defer b.stop()
		names := []string{"one/a.png", "two/a.png"}
		b.write(names[0], png, 5000)
		content, err := os.ReadFile(b.path(names[0]))
		b.must(err)
		b.must(os.Mkdir(filepath.Dir(b.path(names[1])), 0o755))
		b.must(os.WriteFile(b.path(names[1]), content, 0o644))
		b.sight(names[1])
		b.run(time.Minute)

		b.queue.Close()
		b.must(os.Remove(filepath.Join(b.dir, "state", "record.db")))
		b.open()
		held := map[string]string{}
		b.life(func(claim, _ context.CancelFunc) {
			for _, name := range names {
				id := b.sight(name)
				time.Sleep(5 * time.Minute)
				it := b.item(id)
				if it.Phase != state.Done || it.AssetID == "" {
					t.Fatalf("%s stands at %v %v %v", name, it.Phase, it.Halt, it.Fault)
				}
				if other := held[it.AssetID]; other != "" {
					t.Errorf("%s and %s both hold %s", other, name, it.AssetID)
				}
				held[it.AssetID] = name
			}
			claim()
		})
		if assets := b.box.Assets(); len(assets) != 2 {
			t.Errorf("FLORA has %d assets, want the two that were there", len(assets))
		}
		b.lawful()
	})
}
