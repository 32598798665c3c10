package flora

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestStalledUploadIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{}) // the server notices a gone client only once it has read the body
		c, stop := serveMemory(t, func(_ http.ResponseWriter, q *http.Request) {
			_, _ = io.CopyN(io.Discard, q.Body, 1<<20)
			<-release
		})
		defer stop()
		defer close(release)
		started := time.Now()
		receipt, err := c.Upload(t.Context(), formFor(t, "http://127.0.0.1:1/b", `{}`), File{Size: 64 << 20, Body: zeros{}})
		took := time.Since(started)
		var e *TransportError
		if !errors.Is(err, ErrStalled) || !errors.As(err, &e) || !e.Timeout || e.Phase != PhaseWrite || receipt.WholeBody {
			t.Errorf("%+v, %v", receipt, err)
		}
		if took < DefaultStallWindow || took > 2*DefaultStallWindow {
			t.Errorf("took %v", took)
		}
	})
}

func TestSlowButMovingUploadIsNotCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, stop := serveMemory(t, func(w http.ResponseWriter, q *http.Request) {
			buf := make([]byte, 32<<10)
			for {
				if _, err := io.ReadFull(q.Body, buf); err != nil {
					break
				}
				time.Sleep(10 * time.Second)
			}
			w.WriteHeader(204)
		})
		defer stop()
		started := time.Now()
		if _, err := c.Upload(t.Context(), formFor(t, "http://127.0.0.1:1/b", `{}`), File{Size: 4 << 20, Body: zeros{}}); err != nil {
			t.Error(err)
		}
		if took := time.Since(started); took < 10*time.Minute {
			t.Errorf("took %v: too fast to prove anything", took)
		}
	})
}

// slowReader is a caller that is limited to a trickle.
type slowReader struct{}

func (slowReader) Read(p []byte) (int, error) {
	time.Sleep(90 * time.Second)
	p[0] = 0
	return 1, nil
}

func TestSlowCallerIsNotAStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, stop := serveMemory(t, func(w http.ResponseWriter, q *http.Request) {
			_, _ = io.Copy(io.Discard, q.Body)
			w.WriteHeader(204)
		})
		defer stop()
		if _, err := c.Upload(t.Context(), formFor(t, "http://127.0.0.1:1/b", `{}`), File{Size: 10, Body: slowReader{}}); err != nil {
			t.Error(err)
		}
	})
}

func TestMissingAnswersAreCut(t *testing.T) {
	silent := func(_ http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body)
		<-q.Context().Done()
	}
	drip := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, q *http.Request) {
			_, _ = io.Copy(io.Discard, q.Body)
			w.WriteHeader(status)
			for q.Context().Err() == nil {
				_, _ = io.WriteString(w, " ")
				_ = http.NewResponseController(w).Flush()
				select {
				case <-time.After(time.Second):
				case <-q.Context().Done():
				}
			}
		}
	}
	upload := func(c *Client) error {
		receipt, err := c.Upload(context.Background(), formFor(t, "http://127.0.0.1:1/b", `{}`), fileOf("hello"))
		if !receipt.WholeBody {
			t.Error("the whole body was sent")
		}
		return err
	}
	retrieve := func(c *Client) error { _, _, err := c.Retrieve(context.Background(), assetID); return err }
	download := func(c *Client) error {
		_, err := c.Download(context.Background(), "http://127.0.0.1:1/a", 1<<20, io.Discard)
		return err
	}
	for _, tc := range []struct {
		name   string
		handle http.HandlerFunc
		call   func(*Client) error
		within time.Duration
		check  func(error) bool
	}{
		{"UploadSilent", silent, upload, DefaultAnswerTimeout, timedOutAt(PhaseAnswer)},
		{"UploadErrorDrips", drip(503), upload, DefaultAnswerTimeout, func(err error) bool {
			var e *StorageError
			return errors.As(err, &e) && e.Verdict == VerdictServer
		}},
		{"UploadSuccessDrips", drip(200), upload, DefaultAnswerTimeout, func(err error) bool { return err == nil }},
		{"RetrieveSilent", silent, retrieve, DefaultTimeout, timedOutAt(PhaseAnswer)},
		{"RetrieveDrips", drip(200), retrieve, DefaultTimeout, timedOutAt(PhaseAnswer)},
		{"RetrieveErrorDrips", drip(401), retrieve, DefaultTimeout, func(err error) bool {
			var e *Error
			return errors.As(err, &e) && e.Status == 401
		}},
		{"DownloadSilent", silent, download, DefaultStallWindow, timedOutAt(PhaseAnswer)},
		{"DownloadDrips", drip(200), download, DefaultStallWindow, timedOutAt(PhaseAnswer)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, stop := serveMemory(t, tc.handle)
				defer stop()
				started := time.Now()
				err := tc.call(c)
				if !tc.check(err) {
					t.Errorf("got %v", err)
				}
				if took := time.Since(started); took < tc.within || took > tc.within+15*time.Second {
					t.Errorf("took %v, want about %v", took, tc.within)
				}
			})
		})
	}
}

func timedOutAt(p Phase) func(error) bool {
	return func(err error) bool {
		var e *TransportError
		return errors.As(err, &e) && e.Timeout && e.Phase == p
	}
}

func TestConnectTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		never := func(o *Options) {
			o.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}
		}
		c, stop := serveMemory(t, nil, never)
		defer stop()
		started := time.Now()
		_, err := c.Upload(t.Context(), formFor(t, "http://127.0.0.1:1/b", `{}`), fileOf("x"))
		if !timedOutAt(PhaseDial)(err) {
			t.Errorf("got %#v", err)
		}
		if took := time.Since(started); took != DefaultConnectTimeout {
			t.Errorf("took %v", took)
		}
	})
}
