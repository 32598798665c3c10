package uploader_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
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

// walks counts how often the whole record is walked for the holder of an asset.
type walks struct {
	record
	n atomic.Int64
}

func (w *walks) Holder(ctx context.Context, asset string) (state.ID, error) {
	w.n.Add(1)
	return w.record.Holder(ctx, asset)
}

func (w *walks) Holders(ctx context.Context, assets []string) (map[string]state.ID, error) {
	w.n.Add(1)
	return w.record.Holders(ctx, assets)
}

// TestARecoveryWalksTheRecordOnce: a walk for each file of a record that was lost would take the square of their number, and longer than FLORA remembers their
// keys; what it has forgotten is uploaded twice. Each file has its asset all the same, also where names and bytes are equal.
func TestARecoveryWalksTheRecordOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, sandbox.Options{})
		defer b.stop()
		const n = 40
		var names []string
		for i := range n {
			names = append(names, fmt.Sprintf("%d/a.png", i))
			b.must(os.Mkdir(filepath.Dir(b.path(names[i])), 0o755))
			b.must(os.WriteFile(b.path(names[i]), []byte(png+strings.Repeat("x", 100*(i%4))), 0o644))
			b.sight(names[i])
		}
		b.run(time.Minute)
		b.queue.Close()
		b.must(os.Remove(filepath.Join(b.dir, "state", "record.db")))
		b.open()
		w := &walks{record: record{b.queue}}
		b.wrap = w
		for _, name := range names {
			b.sight(name)
		}
		b.run(time.Hour)
		held := map[string]string{}
		for _, name := range names {
			it := b.item(b.sight(name))
			if it.Phase != state.Done || it.AssetID == "" || held[it.AssetID] != "" {
				t.Errorf("%s stands at %v %v with %q, which %q has", name, it.Phase, it.Fault, it.AssetID, held[it.AssetID])
			}
			held[it.AssetID] = name
		}
		if assets := b.box.Assets(); len(assets) != n {
			t.Errorf("FLORA has %d assets, want the %d that were there", len(assets), n)
		}
		if got := w.n.Load(); got != 1 {
			t.Errorf("the record was walked %d times for %d files", got, n)
		}
		b.lawful()
	})
}
