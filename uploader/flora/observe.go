package flora

import (
	"errors"
	"time"
)

// Exchange is one request as told to Options.Observe: for metrics and debug lines. It holds nothing secret.
type Exchange struct {
	Op        Op
	Host      string
	Status    int    // 0 without an answer
	Code      string // FLORA's error.code, or storage's
	RequestID string
	Date      time.Time     // server time of the answer; zero when absent
	Took      time.Duration // until the answer was read
	Sent      int64         // body bytes; of an upload, the file's bytes
	Received  int64         // body bytes
	Err       error         // what the method returns
}

func (c *Client) observe(x Exchange, started time.Time) {
	if c.opt.Observe == nil {
		return
	}
	x.Took = time.Since(started)
	var api *Error
	var storage *StorageError
	switch {
	case errors.As(x.Err, &api):
		x.Code = api.Code
	case errors.As(x.Err, &storage):
		x.Code = storage.Code
	}
	c.opt.Observe(x)
}
