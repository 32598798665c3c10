package uploader_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// TestURLsOfOneName: two URLs end in one name, and the request of the first never reaches FLORA. What is found under that name then may be the second one's, and
// is never taken for the first one's: it would be ready with the other's picture.
func TestURLsOfOneName(t *testing.T) {
	ambiguous := wantRow{halt: state.Failed, reason: state.Ambiguous, class: state.Lasting}
	for name, c := range map[string]struct {
		second sandbox.Fault
		want   wantRow // of the second
	}{
		"AnswerLost":     {sandbox.Fault{Lost: true}, ambiguous},
		"AnswerComes":    {sandbox.Fault{Then: func() { time.Sleep(20 * time.Second) }}, ends},
		"LongBeforeThat": {sandbox.Fault{}, ends},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, sandbox.Options{Fault: func(call sandbox.Call) sandbox.Fault {
					switch {
					case call.Op != sandbox.OpURL:
						return sandbox.Fault{}
					case call.Attempt == 1:
						return sandbox.Fault{Drop: true}
					}
					return c.second
				}})
				defer b.stop()
				b.hand = b.root
				b.hand.Source = b.handSource()
				first := b.arrive(queue.Arrival{URL: "https://media.flora.ai/one/a.png", Named: true, To: state.Destination{Workspace: "ws_a"}})
				b.run(500 * time.Millisecond)
				second := b.arrive(queue.Arrival{URL: "https://media.flora.ai/two/a.png", Named: true, To: state.Destination{Workspace: "ws_a"}})
				b.run(time.Hour)
				b.stands(first, ambiguous)
				b.stands(second, c.want)
				b.lawful()
			})
		})
	}
}
