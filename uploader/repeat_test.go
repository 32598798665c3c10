package uploader_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
)

// TestConflictThatIsNotTrue: FLORA refuses the first completions as done already, and none was. The row asks again, now and then, and is ready soon after
// one is taken; it goes back to reserved when FLORA says at last that the bytes are missing.
func TestConflictThatIsNotTrue(t *testing.T) {
	for name, c := range map[string]struct {
		answers []int // to complete, in turn; then the truth
		process time.Duration
		by      time.Duration
		forms   int
	}{
		"Once":         {[]int{409}, 0, 3 * time.Minute, 1},
		"FourTimes":    {[]int{409, 409, 409, 409}, 0, 20 * time.Minute, 1},
		"Processing":   {[]int{409}, time.Hour, 90 * time.Minute, 1},
		"ThenAnError":  {[]int{409, 500}, 0, 10 * time.Minute, 1},
		"ThenNotFound": {[]int{409, 404}, 0, 10 * time.Minute, 1},
		"BytesMissing": {[]int{409, 422}, 0, 10 * time.Minute, 2},
	} {
		for _, dies := range []bool{false, true} {
			t.Run(name+map[bool]string{true: "AcrossLives"}[dies], func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					n := 0
					b := newBench(t, sandbox.Options{Process: c.process, Fault: func(call sandbox.Call) sandbox.Fault {
						if call.Op != sandbox.OpComplete {
							return sandbox.Fault{}
						}
						if n++; n <= len(c.answers) {
							return sandbox.Fault{Status: c.answers[n-1]}
						}
						return sandbox.Fault{}
					}})
					defer b.stop()
					id := b.write("a.png", png, 5000)
					left := c.by
					if dies {
						b.kill(30 * time.Second)
						if it := b.item(id); it.Phase != state.Completed || !it.Presumed {
							t.Fatalf("%v, presumed %v", it.Phase, it.Presumed)
						}
						left -= 30 * time.Second
					}
					b.run(left)
					b.done([]state.ID{id})
					if a := b.box.Assets(); len(a) != 1 || a[0].Forms != c.forms {
						t.Errorf("FLORA has %+v", a)
					}
					if most := len(c.answers) + 2; n > most {
						t.Errorf("%d completions, want %d at most", n, most)
					}
					b.promises()
				})
			})
		}
	}
}

// A 409 that is true is not asked about for ever: every quarter of an hour at most, and no more once FLORA has taken one.
func TestConflictThatIsTrueIsAskedSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		b := newBench(t, sandbox.Options{Process: 20 * time.Hour, Fault: func(call sandbox.Call) sandbox.Fault {
			if call.Op == sandbox.OpComplete {
				if n++; n == 1 {
					return sandbox.Fault{After: http.StatusInternalServerError} // taken, and not said
				}
			}
			return sandbox.Fault{}
		}})
		defer b.stop()
		id := b.write("a.png", png, 5000)
		b.run(21 * time.Hour)
		b.done([]state.ID{id})
		if most := 2 + 4 + 4*21; n > most {
			t.Errorf("%d completions, want %d at most", n, most)
		}
		b.promises()
	})
}
