package uploader_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// TestFilmsDoNotHoldUpPictures: more large files than there are slots and rows, each of them 40 s on its way, and pictures that come behind them: some
// slots, and some rows, are left to these. With one request in flight they take turns.
func TestFilmsDoNotHoldUpPictures(t *testing.T) {
	for concurrency, within := range map[int]time.Duration{1: 8 * time.Minute, 2: 30 * time.Second, 4: 30 * time.Second} {
		t.Run(fmt.Sprint(concurrency), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, sandbox.Options{Fault: func(c sandbox.Call) sandbox.Fault {
					if c.Op == sandbox.OpPost && strings.HasPrefix(c.Name, "film") {
						return sandbox.Fault{Latency: 40 * time.Second}
					}
					return sandbox.Fault{}
				}})
				defer b.stop()
				b.options.Concurrency = concurrency
				var films []state.ID
				for i := range 4*concurrency + 6 {
					films = append(films, b.film(fmt.Sprintf("film%02d.png", i)))
				}
				b.life(func(claim, _ context.CancelFunc) {
					time.Sleep(10 * time.Second)
					pictures := b.many("pictures", 40)
					time.Sleep(within)
					b.done(pictures)
					if concurrency > 1 {
						b.wait(films[len(films)-1:])
					}
					time.Sleep(3 * time.Hour)
					claim()
				})
				b.done(films)
				b.promises()
			})
		})
	}
}

// TestFilmsThatWaitHoldUpNoneThatIsSent: more films than there are rows for them, each of them 50 s on its way, and one whose bytes FLORA has: it needs no
// film's place, and is looked at as soon as ever, also by a life that finds it so.
func TestFilmsThatWaitHoldUpNoneThatIsSent(t *testing.T) {
	for name, restart := range map[string]bool{"InOneLife": false, "AfterARestart": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, sandbox.Options{Fault: func(c sandbox.Call) sandbox.Fault {
					switch {
					case c.Op == sandbox.OpPost && strings.HasPrefix(c.Name, "film"):
						return sandbox.Fault{Latency: 50 * time.Second}
					case c.Op == sandbox.OpComplete && c.Name == "sent.png":
						return sandbox.Fault{Process: 12 * time.Second}
					}
					return sandbox.Fault{}
				}})
				defer b.stop()
				var films []state.ID
				write := func() {
					for i := range 8 {
						films = append(films, b.film(fmt.Sprintf("film%02d.png", i)))
					}
				}
				if restart { // the films stand before it in line
					write()
					b.options.Concurrency = 12
				}
				sent := b.film("sent.png")
				if restart {
					b.kill(10 * time.Second)
					b.queue.Close()
					b.open()
				}
				if it := b.item(sent); restart && it.Phase != state.Completed {
					t.Fatalf("it stands at %v: this tests nothing", it.Phase)
				}
				b.options.Concurrency = 2
				b.life(func(claim, _ context.CancelFunc) {
					time.Sleep(10 * time.Second)
					if !restart {
						write()
					}
					time.Sleep(30 * time.Second)
					b.done([]state.ID{sent})
					b.wait(films)
					time.Sleep(time.Hour)
					claim()
				})
				b.done(films)
				b.promises()
			})
		})
	}
}

// film writes a large file, which is nearly all a hole.
func (b *bench) film(name string) state.ID {
	b.t.Helper()
	if err := os.WriteFile(b.path(name), []byte(png+name), 0o644); err != nil {
		b.t.Fatal(err)
	}
	if err := os.Truncate(b.path(name), state.LargeSize); err != nil {
		b.t.Fatal(err)
	}
	return b.sight(name)
}
