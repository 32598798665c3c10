package daemon

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"os"

	"github.com/florasync/florasync/state"
)

// machine identifies this machine in idempotency keys: an HMAC of /etc/machine-id, which is confidential and must not leave the machine
// (machine-id(5)), else of the host name. The record freezes it.
func machine() state.Machine {
	id, err := os.ReadFile("/etc/machine-id")
	if id = bytes.TrimSpace(id); err != nil || len(id) == 0 {
		name, _ := os.Hostname()
		id = []byte("host " + name)
	}
	mac := hmac.New(sha256.New, id)
	mac.Write([]byte("florasync idempotency keys"))
	return state.Machine(mac.Sum(nil)[:16])
}
