package control

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// maxQuestion bounds a request on the socket: paths named by hand come in one.
const maxQuestion = 64 << 20

// questions of the socket, by path.
const (
	pathStatus  = "/v1/status"
	pathList    = "/v1/list"
	pathExplain = "/v1/explain"
	pathRetry   = "/v1/retry"
	pathForget  = "/v1/forget"
	pathPause   = "/v1/pause"
	pathResume  = "/v1/resume"
	pathUpload  = "/v1/upload"
	pathCheck   = "/v1/check"
	pathBackup  = "/v1/backup"
	pathReload  = "/v1/reload"
	pathExamine = "/v1/examine"
	pathLevel   = "/v1/loglevel"
)

type question struct {
	Filter Filter    `json:"filter,omitzero"`
	After  string    `json:"after,omitempty"`
	N      int       `json:"n,omitempty"`
	Path   string    `json:"path,omitempty"`
	Again  bool      `json:"again,omitempty"`
	Root   string    `json:"root,omitempty"`
	Until  time.Time `json:"until,omitzero"`
	Upload Upload    `json:"upload,omitzero"`
	Level  string    `json:"level,omitempty"`
	// Offline is for Examine.
	Offline bool `json:"offline,omitempty"`
}

type count struct {
	N int `json:"n"`
}

type problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// codes are the errors that keep their identity over the socket.
var codes = map[string]error{"unknown": ErrUnknown, "present": ErrPresent, "invalid": ErrInput, "busy": ErrBusy, "damaged": ErrDamaged, "no_daemon": ErrNoDaemon, "denied": ErrDenied}

// Serve answers on the listener until ctx ends, then lets answers under way finish for a moment. Root and the user of this process may ask everything,
// others only when there are readers, and then only what changes nothing.
func Serve(ctx context.Context, l net.Listener, s Service, readers bool) error {
	server := &http.Server{Handler: guarded(Handler(s)), ReadHeaderTimeout: 10 * time.Second, ConnContext: ranked(readers)}
	ended := make(chan struct{})
	go func() { // owned by Serve, which waits for it
		defer close(ended)
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if server.Shutdown(grace) != nil {
			server.Close()
		}
	}()
	err := server.Serve(l)
	if errors.Is(err, http.ErrServerClosed) && ctx.Err() != nil {
		<-ended
		return nil
	}
	return err
}

// Handler returns the HTTP face of a service.
func Handler(s Service) http.Handler {
	mux := http.NewServeMux()
	answer := func(path string, f func(ctx context.Context, q question) (any, error)) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			var q question
			body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxQuestion))
			if err == nil {
				err = json.Unmarshal(body, &q)
			}
			if err != nil {
				reply(w, http.StatusBadRequest, problem{"invalid", err.Error()})
				return
			}
			v, err := f(r.Context(), q)
			if err != nil {
				reply(w, http.StatusUnprocessableEntity, problem{codeOf(err), err.Error()})
				return
			}
			reply(w, http.StatusOK, v)
		})
	}
	answer(pathStatus, func(ctx context.Context, _ question) (any, error) { return s.Status(ctx) })
	answer(pathList, func(ctx context.Context, q question) (any, error) { return s.List(ctx, q.Filter, q.After, q.N) })
	answer(pathExplain, func(ctx context.Context, q question) (any, error) { return s.Explain(ctx, q.Path) })
	answer(pathRetry, func(ctx context.Context, q question) (any, error) {
		n, err := s.Retry(ctx, q.Filter)
		return count{n}, err
	})
	answer(pathForget, func(ctx context.Context, q question) (any, error) {
		n, err := s.Forget(ctx, q.Filter, q.Again)
		return count{n}, err
	})
	answer(pathPause, func(ctx context.Context, q question) (any, error) { return count{}, s.Pause(ctx, q.Root, q.Until) })
	answer(pathResume, func(ctx context.Context, q question) (any, error) { return count{}, s.Resume(ctx, q.Root) })
	answer(pathUpload, func(ctx context.Context, q question) (any, error) { return s.Upload(ctx, q.Upload) })
	answer(pathExamine, func(ctx context.Context, q question) (any, error) { return s.Examine(ctx, q.Offline) })
	answer(pathReload, func(ctx context.Context, _ question) (any, error) { return s.Reload(ctx) })
	answer(pathLevel, func(ctx context.Context, q question) (any, error) { return count{}, s.SetLogLevel(ctx, q.Level) })
	answer(pathCheck, func(ctx context.Context, _ question) (any, error) { return s.Check(ctx) })
	mux.HandleFunc("POST "+pathBackup, func(w http.ResponseWriter, r *http.Request) { backup(w, r, s) })
	profiles(mux)
	return mux
}

func codeOf(err error) string {
	for code, known := range codes {
		if errors.Is(err, known) {
			return code
		}
	}
	return "error"
}

func reply(w http.ResponseWriter, status int, v any) {
	b, err := marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b) // whoever asked may have gone
}
