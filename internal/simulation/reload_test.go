package simulation

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/uploader"
)

// Reloads at any moment, that change limits and patterns, and take the folder out and bring it back, cost no file and make no second asset.
func TestReloadsInTheMiddle(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			after := []string{"keep", "delete", "move"}[seed%3]
			inGap(t, sandbox.Options{Process: 3 * time.Second}, setup{after: after}, func(g *gap) {
				r := rand.New(rand.NewPCG(seed, 7))
				other := g.config.Watch[0]
				other.Name, other.Path, other.After, other.MoveTo = "other", filepath.Join(filepath.Dir(g.config.StateDir), "other"), "keep", ""
				for i := range 12 {
					g.write(fmt.Sprintf("d%d/a%02d.png", i%3, i), g.content(2000+i))
				}
				next := *g.config
				load := func() (*config.Config, error) {
					c := next
					return &c, nil
				}
				l := g.newLife(nil)
				g.reloading = load
				g.live(l, func(l *life, d *daemon.Daemon) {
					for range 25 {
						time.Sleep(time.Duration(r.Int64N(int64(4 * time.Second))))
						c := *g.config
						c.Watch = slices.Clone(g.config.Watch)
						c.Upload.Concurrency = 1 + r.IntN(8)
						c.Upload.Bandwidth = uploader.Steady([]int64{0, 1 << 20}[r.IntN(2)])
						switch r.IntN(4) {
						case 0: // the folder goes for a while
							c.Watch = []config.Watch{other}
						case 1:
							c.Watch[0].Exclude = []string{fmt.Sprintf("*.%d", r.IntN(5))}
						case 2:
							c.Watch = append(c.Watch, other)
						}
						next = c
						if _, err := d.Reload(context.Background()); err != nil {
							t.Errorf("reload: %v", err)
						}
						g.adds(d)
					}
					next = *g.config
					if _, err := d.Reload(context.Background()); err != nil {
						t.Errorf("reload: %v", err)
					}
				})
				g.promises()
			})
		})
	}
}
