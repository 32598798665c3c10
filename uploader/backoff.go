package uploader

import "time"

const (
	backoffBase = time.Second
	backoffCap  = 5 * time.Minute
)

// backoff returns how long a row waits after its attempt-th passing fault (from 1): full jitter, that is anything from nothing to a bound which
// doubles from one second to five minutes, so that rows that failed together do not come back together. jitter is in [0, 1).
func backoff(attempt int, jitter float64) time.Duration {
	bound := backoffCap
	if shift := attempt - 1; shift < 9 {
		bound = min(backoffBase<<max(shift, 0), backoffCap)
	}
	return time.Duration(jitter * float64(bound))
}

// pollDelay returns how long to wait before looking again at an asset that has been processing for so long: a quarter of it, from one second
// (what the official clients use) to five minutes.
func pollDelay(processing time.Duration) time.Duration {
	return min(max(processing/4, time.Second), 5*time.Minute)
}
