package uploader_test

import (
	"fmt"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// TestSharedAssetIsAttachedOnce: equal files share an asset, and the configuration has another project since the first of them was attached: whoever puts it on
// that canvas, and whatever becomes of the answers, it stands there once.
func TestSharedAssetIsAttachedOnce(t *testing.T) {
	for name, c := range map[string]struct {
		fault   sandbox.Fault
		n       int           // attach requests for the new canvas that meet it
		restart time.Duration // after which a life ends; 0: none
		park    bool          // the first file was never attached, and an operator has it tried again
	}{
		"AtOnce":                                {},
		"AnswerLost":                            {fault: sandbox.Fault{Lost: true}, n: 2},
		"Error":                                 {fault: sandbox.Fault{Status: 502}, n: 3},
		"SlowAnswer":                            {fault: sandbox.Fault{Latency: 20 * time.Second}, n: 9},
		"OnItsWayForLong":                       {fault: sandbox.Fault{Latency: 90 * time.Second, Late: true}, n: 1},
		"KilledAnswerLost":                      {fault: sandbox.Fault{Lost: true}, n: 2, restart: 5 * time.Second},
		"KilledOnItsWay":                        {fault: sandbox.Fault{Latency: 2 * time.Minute, Late: true}, n: 1, restart: 5 * time.Second},
		"KilledBeforeItIsSent":                  {fault: sandbox.Fault{Drop: true}, n: 1, restart: 400 * time.Millisecond},
		"TheFirstIsTriedAgain":                  {park: true},
		"TheFirstIsTriedAgainWhileItIsOnItsWay": {fault: sandbox.Fault{Latency: 20 * time.Second}, n: 1, park: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &switched{}
				b := newBench(t, sandbox.Options{Fault: s.Fault})
				defer b.stop()
				b.root.Link, b.root.Route.Project = true, "prj_a"
				b.must(b.queue.SetLink(t.Context(), "inbox", true))
				if c.park {
					s.set(func(call sandbox.Call) sandbox.Fault {
						if call.Op == sandbox.OpAttach {
							return sandbox.Fault{Status: 403}
						}
						return sandbox.Fault{}
					})
				}
				first := b.write("a.png", png, 4000)
				b.run(time.Minute)
				if it := b.item(first); it.Parked() != c.park || it.Phase != state.Done && !c.park {
					t.Fatalf("it stands at %v, parked %t: this tests nothing", it.Phase, it.Parked())
				}
				attempts := 0
				s.set(func(call sandbox.Call) sandbox.Fault {
					if call.Op != sandbox.OpAttach {
						return sandbox.Fault{}
					}
					if attempts++; attempts <= c.n {
						return c.fault
					}
					return sandbox.Fault{}
				})
				b.root.Route.Project = "prj_b"
				content, err := os.ReadFile(b.path("a.png"))
				b.must(err)
				var copies []state.ID
				for i := range 4 {
					name := fmt.Sprintf("copy%d.png", i)
					b.must(os.WriteFile(b.path(name), content, 0o644))
					copies = append(copies, b.sight(name))
				}
				if c.restart > 0 {
					b.kill(c.restart)
					b.queue.Close()
					b.open()
				}
				if c.park {
					b.reopen(first)
				}
				b.run(time.Hour)
				b.done(append(copies, first))
				for _, id := range copies {
					if it := b.item(id); it.Project != "prj_b" || it.AssetID != b.item(first).AssetID {
						t.Errorf("%s: %s in %q", it.Path, it.AssetID, it.Project)
					}
				}
				for _, a := range b.box.Assets() {
					on := map[string]int{}
					for _, n := range a.Nodes {
						on[n.Project]++
					}
					if on["prj_b"] != 1 || on["prj_a"] > 1 {
						t.Errorf("on the canvas: %v", on)
					}
				}
				b.lawful()
			})
		})
	}
}
