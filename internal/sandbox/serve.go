package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// origins are what answers point at.
type origins struct{ api, storage string }

// stopTimeout is how long Serve waits for requests under way once it is told to stop.
const stopTimeout = 5 * time.Second

// Listen listens on a loopback address such as 127.0.0.1:8787; port 0 takes a free one. Any other address is refused:
// the stand-in has no accounts and takes faults from anybody who reaches it.
func Listen(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("sandbox: listen address %q: %w", addr, err)
	}
	if !loopbackHost(host) {
		return nil, fmt.Errorf("sandbox: listen address %q is not loopback: use 127.0.0.1:PORT", addr)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	if err := checkLoopback(l); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// BaseURL is the API's base URL behind l, with /api/v1: what a client takes as FLORA_BASE_URL.
func BaseURL(l net.Listener) string { return "http://" + l.Addr().String() + "/api/v1" }

// checkLoopback refuses a TCP listener that others can reach. In-memory and Unix listeners are fine.
func checkLoopback(l net.Listener) error {
	if addr, ok := l.Addr().(*net.TCPAddr); ok && !addr.IP.IsLoopback() {
		return fmt.Errorf("sandbox: listener on %s is not loopback", addr)
	}
	return nil
}

// Serve serves the API on l, and the storage on Options.StorageListener or, where l is a TCP listener, on a second
// port that stays the same over restarts if it can. It returns when ctx ends and the requests under way are done (or
// five seconds later), with nil; or with the error that stopped a listener. It closes the listeners. Call it once.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	if err := checkLoopback(l); err != nil {
		return errors.Join(err, l.Close())
	}
	listeners := map[net.Listener]http.Handler{l: s.Handler()}
	second, err := s.listenStorage(l)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	if second != nil {
		listeners[second] = s.StorageHandler()
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	var servers []*http.Server
	for each, handler := range listeners {
		server := &http.Server{Handler: handler, ReadHeaderTimeout: 30 * time.Second}
		servers = append(servers, server)
		wg.Go(func() {
			if err := server.Serve(each); !errors.Is(err, http.ErrServerClosed) {
				cancel(fmt.Errorf("sandbox: serve: %w", err))
			}
		})
	}
	<-ctx.Done()
	stop(servers)
	wg.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, ctx.Err()) {
		return cause
	}
	return nil
}

// stop lets requests under way end, and cuts them off in the end.
func stop(servers []*http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	var wg sync.WaitGroup
	for _, server := range servers {
		wg.Go(func() {
			if server.Shutdown(ctx) != nil {
				_ = server.Close() // its listener is closed already
			}
		})
	}
	wg.Wait()
}

// listenStorage returns the storage's own listener, or nil, and settles what answers point at.
func (s *Server) listenStorage(l net.Listener) (net.Listener, error) {
	second := s.opts.StorageListener
	_, tcp := l.Addr().(*net.TCPAddr)
	switch {
	case second != nil:
		if err := checkLoopback(second); err != nil {
			return nil, errors.Join(err, second.Close())
		}
	case tcp && s.origins.Load() == nil:
		var err error
		if second, err = s.listenBeside(l); err != nil {
			return nil, err
		}
	}
	if s.origins.Load() == nil && tcp {
		o := origins{api: "http://" + l.Addr().String(), storage: "http://" + l.Addr().String()}
		if second != nil {
			o.storage = "http://" + second.Addr().String()
		}
		s.origins.Store(&o)
	}
	return second, nil
}

// listenBeside takes the storage port of the former life, so that forms handed out then still lead somewhere; else
// any.
func (s *Server) listenBeside(l net.Listener) (net.Listener, error) {
	host, _, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	s.mu.Lock()
	m := s.meta
	s.mu.Unlock()
	if formerHost, _, err := net.SplitHostPort(m.StorageAddr); err == nil && formerHost == host {
		if second, err := net.Listen("tcp", m.StorageAddr); err == nil {
			return second, nil
		}
	}
	second, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	m.StorageAddr = second.Addr().String()
	s.mu.Lock()
	err = s.put(entry{Meta: &m})
	s.mu.Unlock()
	if err == nil {
		err = s.journal.sync()
	}
	if err != nil {
		return nil, errors.Join(err, second.Close())
	}
	return second, nil
}
