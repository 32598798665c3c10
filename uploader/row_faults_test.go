package uploader_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/florasync/florasync/internal/sandbox"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

// onto aims a fault at the first n calls of an operation for bad.png; n 0: at all of them.
func onto(op sandbox.Op, n int, f sandbox.Fault) func(sandbox.Call) sandbox.Fault {
	return func(c sandbox.Call) sandbox.Fault {
		if c.Op == op && c.Name == "bad.png" && (n == 0 || c.Attempt <= n) {
			return f
		}
		return sandbox.Fault{}
	}
}

// answering has the first n requests for which match says so answered by what is given; n 0: all of them.
func answering(n int, match func(r *http.Request, body string) bool, status int, kind, text string) func(http.Handler) http.Handler {
	var mu sync.Mutex
	done := 0
	return func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body := peek(r)
			mu.Lock()
			hit := match(r, body) && (n == 0 || done < n)
			if hit {
				done++
			}
			mu.Unlock()
			if !hit {
				h.ServeHTTP(w, r)
				return
			}
			drain(r)
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			fmt.Fprint(w, text)
		})
	}
}

// reserving matches the reservation of bad.png.
func reserving(r *http.Request, body string) bool {
	return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/assets") && strings.Contains(body, `"bad.png"`)
}

// posting matches the bytes of bad.png, which are told by their length.
func posting(r *http.Request, _ string) bool {
	return strings.HasPrefix(r.Host, "storage.") && r.Method == http.MethodPost && r.ContentLength > badSize
}

const badSize = 30_000 // of bad.png; the others are smaller

const jsonType, xmlType = "application/json", "application/xml"

func apiError(code, message string) string {
	return fmt.Sprintf(`{"error":{"code":%q,"message":%q}}`, code, message)
}

// wantRow is where a row has to stand in the end. Zero: done, without a halt.
type wantRow struct {
	halt    state.Halt
	phase   state.Phase
	reason  state.Reason
	class   state.Class
	message string // part of the fault's
	renewed bool   // a form was renewed on the way
	gen     uint16
}

var ends = wantRow{phase: state.Done}

// failsAt is a row that failed for good.
func failsAt(p state.Phase, reason state.Reason, message string) wantRow {
	return wantRow{halt: state.Failed, phase: p, reason: reason, class: state.Lasting, message: message}
}

// TestRowFaults is the table of faults that are one row's alone: each fault meets bad.png, and the others are ready before a second is over.
func TestRowFaults(t *testing.T) {
	gcs, imagekit := sandbox.Options{}, sandbox.Options{Storage: sandbox.ImageKit}
	for _, c := range []struct {
		name   string
		box    sandbox.Options
		fault  func(sandbox.Call) sandbox.Fault
		tamper func(http.Handler) http.Handler
		late   time.Duration // how long it takes; an hour if zero
		want   wantRow
	}{
		{name: "Passing/APIError5xxWhileTheProbeIsFine", fault: onto(sandbox.OpCreate, 3, sandbox.Fault{Status: 500}), want: ends},
		{name: "Passing/APIGatewayPage", fault: onto(sandbox.OpComplete, 2, sandbox.Fault{Status: 502, Gateway: true}), want: ends},
		{name: "Passing/APIErrorForEver", fault: onto(sandbox.OpCreate, 0, sandbox.Fault{Status: 503}),
			want: wantRow{halt: state.Failed, phase: state.Queued, reason: state.AttemptsUp, class: state.Passing, message: "gave up after 12 attempts"}},
		{name: "Passing/APIDropped", fault: onto(sandbox.OpCreate, 2, sandbox.Fault{Drop: true}), want: ends},
		{name: "Passing/APIHangs", fault: onto(sandbox.OpComplete, 1, sandbox.Fault{Hang: true}), want: ends},
		{name: "Passing/ReserveAnswerLost", fault: onto(sandbox.OpCreate, 1, sandbox.Fault{Lost: true}), want: wantRow{phase: state.Done, gen: 1}},
		{name: "Passing/ReserveTookEffectThen500", fault: onto(sandbox.OpCreate, 1, sandbox.Fault{After: 500}), want: wantRow{phase: state.Done, gen: 1}},
		{name: "Passing/CompleteAnswerLost", fault: onto(sandbox.OpComplete, 1, sandbox.Fault{Lost: true}), want: ends},
		{name: "Passing/MalformedReservation", tamper: answering(2, reserving, 200, jsonType, `{"asset_id":17`), want: ends},
		{name: "Passing/ReservationWithoutForm", tamper: answering(2, reserving, 201, jsonType, `{"asset_id":"asset_x","status":"pending_upload"}`), want: ends},
		{name: "Passing/AWebPageFor200", tamper: answering(2, reserving, 200, "text/html", "<html>hello</html>"), want: ends},
		{name: "Passing/StorageErrorNowAndThen", fault: onto(sandbox.OpPost, 2, sandbox.Fault{Status: 503}), want: ends},
		{name: "Passing/StorageErrorImageKit", box: imagekit, fault: onto(sandbox.OpPost, 2, sandbox.Fault{Status: 503}), want: wantRow{phase: state.Done}},
		{name: "Passing/StorageErrorForEver", fault: onto(sandbox.OpPost, 0, sandbox.Fault{Status: 503}), late: 6 * time.Hour,
			want: wantRow{halt: state.Failed, phase: state.Reserved, reason: state.AttemptsUp, class: state.Passing, message: "gave up"}},
		{name: "Passing/CutBody", fault: onto(sandbox.OpPost, 2, sandbox.Fault{Cut: 0.5}), want: ends},
		{name: "Passing/CutBodyImageKit", box: imagekit, fault: onto(sandbox.OpPost, 2, sandbox.Fault{Cut: 0.5}), want: wantRow{phase: state.Done}},
		{name: "Passing/StorageAnswerLost", fault: onto(sandbox.OpPost, 1, sandbox.Fault{Lost: true}), want: ends},
		{name: "Passing/StorageHangsAndKeepsNothing", fault: onto(sandbox.OpPost, 1, sandbox.Fault{Hang: true}), want: ends},
		{name: "Passing/StorageTookItThen503", fault: onto(sandbox.OpPost, 1, sandbox.Fault{After: 503}), want: ends},
		{name: "Passing/AssetFailedOnce", fault: onto(sandbox.OpComplete, 1, sandbox.Fault{Fail: "bad luck"}), want: ends},
		{name: "Lasting/AssetFailedEveryTime", fault: onto(sandbox.OpComplete, 0, sandbox.Fault{Fail: "not a picture"}),
			want: failsAt(state.Uploaded, "asset_failed", "not a picture (4 times)")},
		{name: "Lasting/Validation400", tamper: answering(0, reserving, 400, jsonType,
			`{"error":{"code":"input_validation_error","message":"Invalid.","fields":[{"field":"file_name","message":"too odd"}]}}`),
			want: failsAt(state.Queued, "input_validation_error", "Invalid.; file_name: too odd")},
		{name: "Lasting/Validation422", tamper: answering(0, reserving, 422, jsonType, apiError("input_validation_error", "No.")),
			want: failsAt(state.Queued, "input_validation_error", "No.")},
		{name: "Lasting/TooLargeForTheAPI", tamper: answering(0, reserving, 413, jsonType, apiError("too_large", "Too large.")),
			want: failsAt(state.Queued, "too_large", "Too large.")},
		{name: "Lasting/ForbiddenOnReserveWhileTheProbeIsFine", fault: onto(sandbox.OpCreate, 0, sandbox.Fault{Status: 403}),
			want: failsAt(state.Queued, "forbidden", "")},
		{name: "Lasting/NotFoundOnReserveWhileTheProbeIsFine", fault: onto(sandbox.OpCreate, 0, sandbox.Fault{Status: 404}),
			want: failsAt(state.Queued, "not_found", "")},
		{name: "Lasting/TooLargeForTheStorage", box: sandbox.Options{MaxSize: badSize - 1}, want: failsAt(state.Reserved, "EntityTooLarge", "")},
		{name: "Lasting/TooLargeForImageKit", box: sandbox.Options{MaxSize: badSize - 1, Storage: sandbox.ImageKit}, want: failsAt(state.Reserved, "storage_400", "")},
		{name: "Lasting/BadField", tamper: answering(0, posting, 400, xmlType, "<Error><Code>InvalidArgument</Code><Message>bucket</Message></Error>"),
			want: failsAt(state.Reserved, "InvalidArgument", "")},
		{name: "FormStale/ExpiredAtTheStorage", tamper: answering(1, posting, 400, xmlType, "<Error><Code>ExpiredToken</Code><Message>Policy expired.</Message></Error>"),
			want: wantRow{phase: state.Done, renewed: true}, late: time.Second},
		{name: "FormStale/SignatureRefused", tamper: answering(1, posting, 403, xmlType, "<Error><Code>SignatureDoesNotMatch</Code></Error>"),
			want: wantRow{phase: state.Done, renewed: true}, late: time.Second},
		{name: "FormStale/UsedAtImageKit", box: imagekit, tamper: answering(1, posting, 400, jsonType, `{"message":"The token has been used before."}`),
			want: wantRow{phase: state.Done, renewed: true}, late: time.Second},
		{name: "FormStale/ExpiredAtImageKit", box: imagekit, tamper: answering(1, posting, 400, jsonType, `{"message":"Your request contains invalid expire parameter."}`),
			want: wantRow{phase: state.Done, renewed: true}, late: time.Second},
		{name: "FormStale/SignatureAtImageKit", box: imagekit, tamper: answering(1, posting, 400, jsonType, `{"message":"Your request contains invalid signature."}`),
			want: wantRow{phase: state.Done, renewed: true}, late: time.Second},
		{name: "FormStale/NoFormEverWorks", tamper: answering(0, posting, 403, xmlType, "<Error><Code>SignatureDoesNotMatch</Code></Error>"), late: 6 * time.Hour,
			want: wantRow{halt: state.Failed, phase: state.Reserved, reason: state.AttemptsUp, class: state.Passing, message: "no form worked"}},
		{name: "FormStale/RetryRefusedWhilePending", box: sandbox.Options{Storage: sandbox.ImageKit, Retry: sandbox.RetryExpired},
			fault: onto(sandbox.OpRetry, 1, sandbox.Fault{Status: 409}), tamper: answering(1, posting, 400, jsonType, `{"message":"The token has been used before."}`),
			want: wantRow{phase: state.Done, renewed: true, gen: 1}},
		{name: "Gone/AssetNotFoundForEver", fault: onto(sandbox.OpComplete, 0, sandbox.Fault{Status: 404}),
			tamper: answering(0, func(r *http.Request, _ string) bool {
				return r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/assets/asset_") && !strings.HasSuffix(r.URL.Path, "0000")
			}, 404, jsonType, apiError("not_found", "Asset not found.")),
			want: failsAt(state.Uploaded, "not_found", "does not know the asset")},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := c.box
				if o.Storage == "" {
					o.Storage = gcs.Storage
				}
				o.Fault = c.fault
				tamper := c.tamper
				if tamper == nil {
					tamper = func(h http.Handler) http.Handler { return h }
				}
				b := newTampered(t, o, tamper)
				defer b.stop()
				bad := b.write("bad.png", png, badSize)
				others := []state.ID{b.write("1.png", png, 9000), b.write("2.png", png, 8000), b.write("x/3.png", png, 7000)}
				late := c.late
				if late == 0 {
					late = time.Hour
				}
				b.life(func(claim, work context.CancelFunc) {
					time.Sleep(900 * time.Millisecond)
					for _, id := range others {
						if it := b.item(id); it.Phase != state.Done || it.Attempt != 0 || it.Generation != 0 || it.Renewals != 0 || len(it.Tries) > 4 {
							t.Errorf("another row stands at %v %v, attempt %d, %+v", it.Phase, it.Halt, it.Attempt, it.Fault)
						}
					}
					if blocked := b.live.Load().Status(b.root.Account).Blocked; len(blocked) > 0 {
						t.Errorf("one row's fault blocks: %+v", blocked)
					}
					time.Sleep(late)
					claim()
				})
				b.stands(bad, c.want)
				for _, kind := range []state.Event{state.APIDownSeen, state.APISuspended, state.APIThrottled} {
					if n := b.seen.events(kind); n != 0 {
						t.Errorf("%d × %s for one row's fault", n, kind)
					}
				}
				if n := b.sent.count(time.Time{}); n > 400 {
					t.Errorf("%d requests for four files", n)
				}
				if c.want.halt == state.None {
					b.promises()
				}
				b.lawful()
			})
		})
	}
}

// stands checks where a row stands.
func (b *bench) stands(id state.ID, want wantRow) {
	b.t.Helper()
	it := b.item(id)
	var class state.Class
	var message string
	if it.Fault != nil {
		class, message = it.Fault.Class, it.Fault.Message
	}
	if it.Phase != want.phase || it.Halt != want.halt || it.Reason != want.reason || class != want.class || !strings.Contains(message, want.message) {
		b.t.Errorf("got %v %v, reason %q, fault %+v, attempts %d; want %+v", it.Phase, it.Halt, it.Reason, it.Fault, it.Attempt, want)
	}
	if want.halt == state.None && want.class == state.NoClass && it.Attempt != 0 {
		b.t.Errorf("%d attempts left on a row that is well", it.Attempt)
	}
	if it.Generation < want.gen {
		b.t.Errorf("generation %d, want %d", it.Generation, want.gen)
	}
	if want.renewed && b.sent.count(time.Time{}, flora.OpRetry) == 0 {
		b.t.Errorf("no form was asked for anew")
	}
}
