package daemon

import (
	"fmt"
	"sync"
	"time"

	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/state"
	"github.com/florasync/florasync/uploader/flora"
)

// skewMax is how far the clocks may be apart before it is worth a line: certificates and signatures begin to fail.
const skewMax = 2 * time.Minute

const hintClock = "set the clock (timedatectl set-ntp true)"

// skew compares this machine's clock with FLORA's, which comes with each answer.
type skew struct {
	mu    sync.Mutex
	apart time.Duration // at the last answer
	since time.Time     // beyond skewMax; zero: within
}

// answered looks at an answer of the API. It reports that the clocks were found apart since the last one. Storage keeps its own time, and an upload's answer
// comes long after its date.
func (s *skew) answered(x flora.Exchange, now time.Time) (found bool) {
	if x.Date.IsZero() || x.Op == flora.OpUpload || x.Op == flora.OpDownload {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.apart = x.Date.Sub(now)
	switch {
	case s.apart.Abs() <= skewMax:
		s.since = time.Time{}
	case s.since.IsZero():
		s.since = now
		return true
	}
	return false
}

// text says how far they are apart.
func skewText(apart time.Duration) string {
	if apart < 0 {
		return fmt.Sprintf("this machine's clock is %s ahead of FLORA's", apart.Abs().Round(time.Second))
	}
	return fmt.Sprintf("this machine's clock is %s behind FLORA's", apart.Round(time.Second))
}

func (s *skew) reason() (control.Reason, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.since.IsZero() {
		return control.Reason{}, false
	}
	return control.Reason{Code: string(state.ClockSkew), Message: skewText(s.apart), Hint: hintClock, Since: control.Time{Time: s.since}}, true
}
