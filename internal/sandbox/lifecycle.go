package sandbox

import (
	"net/http"
	"time"
)

// effectComplete is POST /assets/{id}/complete.
func effectComplete(s *Server, c *call) (answer, *apiError) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	a := *s.assets[c.asset]
	if a.Completed {
		return answer{}, conflict("Asset upload is already " + a.status(now) + ".")
	}
	if a.Begun == 0 {
		s.violateLocked(c, CompleteUnsent, "no form was ever posted")
	}
	a.Completed, a.Failure = true, c.fault.Fail
	a.ReadyAt = now.Add(s.processing() + c.fault.Process)
	if a.Object == nil {
		switch s.opts.Empty {
		case EmptyRefused:
			return answer{}, s.missingBytes()
		case EmptyFails:
			a.Failure = "No uploaded bytes were found."
			a.ReadyAt = now
		}
	}
	got := answer{status: http.StatusOK, body: s.summary(c.r, &a)}
	if err := s.put(entry{Asset: &a, Key: s.settle(c, got)}); err != nil {
		return answer{}, internalError(err)
	}
	return got, nil
}

func (s *Server) missingBytes() *apiError {
	e := conflict("No uploaded bytes were found for this asset.")
	if s.opts.EmptyStatus != http.StatusConflict {
		e.status, e.Code = s.opts.EmptyStatus, "input_validation_error"
	}
	return e
}

// processing is the time between complete and ready now. The caller holds mu.
func (s *Server) processing() time.Duration {
	if s.faults.process >= 0 {
		return s.faults.process
	}
	return s.opts.Process
}

// effectRetry is POST /assets/{id}/retry: a fresh form for the same asset.
func effectRetry(s *Server, c *call) (answer, *apiError) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	a := *s.assets[c.asset]
	status := a.status(now)
	switch {
	case a.Via != "signed_url":
		return answer{}, s.refusedRetry("Only signed uploads can be retried.")
	case status == Ready || status == Pending && a.Completed:
		return answer{}, s.refusedRetry("Asset upload is already complete.")
	case status == Pending && s.opts.Retry == RetryExpired && !s.formOver(&a, now):
		return answer{}, s.refusedRetry("Asset upload has not expired.")
	}
	if status == Failed {
		a.Completed, a.Failure, a.ReadyAt, a.Object = false, "", time.Time{}, nil
	}
	f := s.newForm(&a)
	got := answer{status: http.StatusOK, body: s.uploadBody(c.r, &a, f), form: f.ID}
	if err := s.put(entry{Asset: &a, Form: f, Key: s.settle(c, got)}); err != nil {
		return answer{}, internalError(err)
	}
	return got, nil
}

func (s *Server) refusedRetry(message string) *apiError {
	e := conflict(message)
	if e.status = s.opts.RetryStatus; e.status != http.StatusConflict {
		e.Code = "input_validation_error"
	}
	return e
}

// formOver tells whether the newest form of a can no longer bring bytes. The caller holds mu.
func (s *Server) formOver(a *asset, now time.Time) bool {
	f := s.forms[a.Form]
	return f == nil || !now.Before(f.Expires) || f.Kind == ImageKit && f.Begun > 0
}
