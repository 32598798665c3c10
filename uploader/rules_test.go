package uploader_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

// The tests of this file are named after what they keep in force, and fail when it is taken out.

// altering changes the JSON of the API's answers to requests that match.
func altering(match func(r *http.Request) bool, pattern, with string) func(http.Handler) http.Handler {
	re := regexp.MustCompile(pattern)
	return func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.Host, "storage.") || !match(r) {
				h.ServeHTTP(w, r)
				return
			}
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			for name, values := range rec.Header() {
				w.Header()[name] = values
			}
			body := re.ReplaceAllString(rec.Body.String(), with)
			w.Header().Del("Content-Length")
			w.WriteHeader(rec.Code)
			_, _ = io.WriteString(w, body) // the client may be gone
		})
	}
}

func anyRequest(*http.Request) bool { return true }

// one plays a life of bad.png and returns its row.
func one(t *testing.T, o sandbox.Options, tamper func(http.Handler) http.Handler, long time.Duration, then func(b *bench, it state.Item)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := newTampered(t, o, tamper)
		defer b.stop()
		id := b.write("bad.png", png, badSize)
		b.life(func(claim, _ context.CancelFunc) {
			time.Sleep(long)
			claim()
		})
		then(b, b.item(id))
	})
}

func same(h http.Handler) http.Handler { return h }

// Rule 7: where only the storage's answer is missing, FLORA is asked before everything is sent again.
func TestBytesWithoutAnAnswerAreSentOnce(t *testing.T) {
	for _, kind := range []string{sandbox.GCS, sandbox.ImageKit} {
		t.Run(kind, func(t *testing.T) {
			o := sandbox.Options{Storage: kind, Fault: onto(sandbox.OpPost, 1, sandbox.Fault{Lost: true})}
			one(t, o, same, time.Minute, func(b *bench, it state.Item) {
				if n := b.sent.count(time.Time{}, flora.OpUpload); n != 1 || it.Phase != state.Done {
					t.Errorf("sent %d times, %v", n, it.Phase)
				}
				b.promises()
			})
		})
	}
}

// Rule 7: ready and different is ambiguous, never a new generation by itself.
func TestReadyWithAnotherSizeIsAmbiguous(t *testing.T) {
	one(t, sandbox.Options{Process: time.Second}, altering(anyRequest, `"size_bytes": ?\d+`, `"size_bytes":17`), time.Hour, func(b *bench, it state.Item) {
		if it.Halt != state.Failed || it.Reason != state.Ambiguous || it.Generation != 0 {
			t.Errorf("%v %v %s, generation %d", it.Phase, it.Halt, it.Reason, it.Generation)
		}
	})
}

// Rule 7: ready, the storage's answer lost, no size told: the digest of the bytes at the asset's URL decides.
func TestReadyWithoutASizeIsReadBack(t *testing.T) {
	o := sandbox.Options{NullSize: true, Fault: onto(sandbox.OpPost, 1, sandbox.Fault{Lost: true})}
	other := answering(0, func(r *http.Request, _ string) bool {
		return r.Method == http.MethodGet && !strings.Contains(r.URL.Path, "/api/")
	}, http.StatusOK, "image/png", strings.Repeat("x", badSize))
	one(t, o, other, time.Hour, func(b *bench, it state.Item) {
		if it.Halt != state.Failed || it.Reason != state.Ambiguous {
			t.Errorf("%v %v %s %v", it.Phase, it.Halt, it.Reason, it.Fault)
		}
	})
	one(t, o, same, time.Hour, func(b *bench, it state.Item) {
		if it.Phase != state.Done {
			t.Errorf("%v %v %s", it.Phase, it.Halt, it.Reason)
		}
	})
}

// Rule 6: 422 idempotency_conflict says that the key is taken, as 409 does.
func TestKeyOfAnotherBodyIsADuplicate(t *testing.T) {
	conflict := answering(1, reserving, http.StatusUnprocessableEntity, jsonType, apiError("idempotency_conflict", "Another body."))
	one(t, sandbox.Options{}, conflict, time.Minute, func(b *bench, it state.Item) {
		if it.Phase != state.Done || it.Generation != 1 {
			t.Errorf("%v %v %s, generation %d", it.Phase, it.Halt, it.Reason, it.Generation)
		}
	})
}

// Lost answers: an asset that was made after the record's birth cannot be an earlier record's, so that our own lost answer costs no wait.
func TestOwnLostAnswerIsNotWaitedFor(t *testing.T) {
	o := sandbox.Options{Fault: onto(sandbox.OpCreate, 1, sandbox.Fault{Lost: true})}
	one(t, o, same, 30*time.Second, func(b *bench, it state.Item) {
		if it.Phase != state.Done || it.Generation != 1 {
			t.Errorf("after half a minute: %v, generation %d", it.Phase, it.Generation)
		}
		b.promises()
	})
}

// A form that was just received is tried once, whatever it says of its expiry: the clocks of FLORA's hosts need not agree.
func TestFormThatCameExpiredIsTriedOnce(t *testing.T) {
	early := altering(anyRequest, `"expires_at": ?"[^"]*"`, `"expires_at":"1999-12-31T00:00:00.000Z"`)
	one(t, sandbox.Options{}, early, time.Minute, func(b *bench, it state.Item) {
		if it.Phase != state.Done || b.sent.count(time.Time{}, flora.OpRetry) != 0 {
			t.Errorf("%v %v, forms asked for anew: %d", it.Phase, it.Fault, b.sent.count(time.Time{}, flora.OpRetry))
		}
	})
}

// A restored backup is marked and holds what stood at reserved until the asset was looked at: a later life may have completed it. Rule 4: it is never
// replaced while it can become ready.
func TestRestoredRowLooksAtItsAsset(t *testing.T) {
	for name, process := range map[string]time.Duration{"Ready": 0, "Processing": 5 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, sandbox.Options{Process: process, Fault: func(c sandbox.Call) sandbox.Fault {
					if c.Op == sandbox.OpPost && c.Attempt == 1 {
						return sandbox.Fault{Latency: 10 * time.Second}
					}
					return sandbox.Fault{}
				}})
				defer b.stop()
				id := b.write("bad.png", png, badSize)
				b.kill(5 * time.Second)
				if it := b.item(id); it.Phase != state.Reserved {
					t.Fatalf("%v", it.Phase)
				}
				var backup bytes.Buffer
				b.must(b.queue.Backup(t.Context(), &backup))
				b.kill(3 * time.Second) // the life that the backup does not know of
				b.queue.Close()
				b.must(os.WriteFile(filepath.Join(b.dir, "state", "record.db"), backup.Bytes(), 0o600))
				b.open()
				b.must(b.queue.MarkRestored(t.Context()))
				b.run(time.Hour)
				if it := b.item(id); it.Phase != state.Done || it.Generation != 0 {
					t.Errorf("%v %v %s, generation %d: %v", it.Phase, it.Halt, it.Reason, it.Generation, it.Fault)
				}
				b.promises()
			})
		})
	}
}
