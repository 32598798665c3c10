package uploader_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

// TestStorageDown: one breaker for the host; one row at a time tries, forms and renewals are not spent on the others, and what needs no storage goes on.
func TestStorageDown(t *testing.T) {
	for name, c := range map[string]struct {
		box   sandbox.Options
		dial  bool
		fault sandbox.Fault
		stale bool // each seventh post is told that its form is expired
	}{
		"Refused":         {dial: true},
		"RefusedImageKit": {dial: true, box: sandbox.Options{Storage: sandbox.ImageKit}},
		"Errors":          {fault: sandbox.Fault{Status: 503}},
		"ErrorsImageKit":  {fault: sandbox.Fault{Status: 503}, box: sandbox.Options{Storage: sandbox.ImageKit}},
		"Drops":           {fault: sandbox.Fault{Drop: true}},
		"ErrorsAndForms":  {fault: sandbox.Fault{Status: 503}, stale: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &switched{}
				var posts, expired atomic.Int64
				o := c.box
				o.Process, o.Fault = 10*time.Minute, s.Fault
				b := newBench(t, o)
				defer b.stop()
				early := b.many("early", 30)
				b.life(func(claim, _ context.CancelFunc) {
					time.Sleep(time.Minute) // being processed
					if c.dial {
						b.net.setFail(func(address string) error {
							if strings.HasPrefix(address, "storage.") {
								return refused(address)
							}
							return nil
						})
					} else {
						s.set(func(call sandbox.Call) sandbox.Fault {
							switch {
							case call.Op != sandbox.OpPost:
								return sandbox.Fault{}
							case c.stale && posts.Add(1)%7 == 0:
								expired.Add(1)
								return sandbox.Fault{Status: http.StatusBadRequest, Code: "ExpiredToken"}
							}
							return c.fault
						})
					}
					late := b.many("late", files(name))
					began := time.Now()
					time.Sleep(time.Hour)
					b.wantBlocked(state.StorageIsDown)
					b.done(early)                        // needs no storage any more
					most := anHour + int(expired.Load()) // each costs a form and a post more
					if c.fault.Drop {
						// The whole body goes out before the connection breaks, so that each row under way asks complete first (rule 7), learns that the
						// bytes are missing, and may ask for a form and post once more before five failures in a row have been seen.
						most += 20
					}
					if n := b.sent.count(began, flora.OpUpload); n > most {
						t.Errorf("%d posts in an hour of outage", n)
					}
					if n := b.sent.count(began, flora.OpReserve, flora.OpRetry); n > most {
						t.Errorf("%d forms in an hour of outage", n)
					}
					b.net.setFail(nil)
					s.set(nil)
					time.Sleep(20 * time.Minute)
					b.wantBlocked()
					b.done(late)
					b.unspoiled(append(late, early...))
					claim()
				})
				b.promises()
			})
		})
	}
}
