package uploader_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/queue"
	"github.com/florasync/florasync/state"
)

// TestCreateFromURL: one ready asset from a URL, whatever becomes of the answer; when nobody can tell, an operator decides.
func TestCreateFromURL(t *testing.T) {
	first := func(f sandbox.Fault) func(sandbox.Call) sandbox.Fault {
		return func(c sandbox.Call) sandbox.Fault {
			if c.Op == sandbox.OpURL && c.Attempt == 1 {
				return f
			}
			return sandbox.Fault{}
		}
	}
	for name, c := range map[string]struct {
		box  sandbox.Options
		url  string
		kill time.Duration
		want wantRow
		made int
	}{
		"Plain":         {want: ends, made: 1},
		"Processing":    {box: sandbox.Options{Process: time.Hour}, want: ends, made: 1},
		"AnswerLost":    {box: sandbox.Options{Fault: first(sandbox.Fault{Lost: true})}, want: ends, made: 1},
		"ErrorAfter":    {box: sandbox.Options{Fault: first(sandbox.Fault{After: 500})}, want: ends, made: 1},
		"Throttled":     {box: sandbox.Options{Fault: first(sandbox.Fault{Status: 429, RetryAfter: time.Minute})}, want: ends, made: 1},
		"Killed":        {box: sandbox.Options{Fault: first(sandbox.Fault{Latency: time.Second})}, kill: 500 * time.Millisecond, made: 0, want: wantRow{halt: state.Failed, reason: state.Ambiguous, class: state.Lasting}},
		"KilledAfter":   {box: sandbox.Options{Process: time.Minute, Fault: first(sandbox.Fault{Lost: true})}, kill: 2 * time.Millisecond, want: ends, made: 1},
		"NeverMade":     {box: sandbox.Options{Fault: first(sandbox.Fault{Status: 500})}, made: 0, want: wantRow{halt: state.Failed, reason: state.Ambiguous, class: state.Lasting}},
		"NotAllowed":    {url: "https://elsewhere.example/a.png", made: 0, want: wantRow{halt: state.Failed, reason: "input_validation_error", class: state.Lasting}},
		"FetchingFails": {box: sandbox.Options{Fault: first(sandbox.Fault{Fail: "no picture"})}, made: 0, want: wantRow{halt: state.Failed, phase: state.Completed, reason: "asset_failed", class: state.Lasting, message: "no picture"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, c.box)
				defer b.stop()
				b.hand = b.root
				b.hand.Source = b.handSource()
				url := c.url
				if url == "" {
					url = "https://media.flora.ai/a.png?token=secret"
				}
				id := b.arrive(queue.Arrival{URL: url, Named: true, To: state.Destination{Workspace: "ws_a"}})
				if c.kill > 0 {
					b.kill(c.kill)
				}
				b.run(3 * time.Hour)
				b.stands(id, c.want)
				ready := 0
				for _, a := range b.box.Assets() {
					if a.Status == sandbox.Ready {
						ready++
					}
				}
				if ready != c.made {
					t.Errorf("%d ready assets, want %d", ready, c.made)
				}
				b.lawful()
			})
		})
	}
}
