//go:build linux

package e2e

import (
	"os"
	"strings"
	"syscall"
)

// rekeyed is a key that is revoked and replaced: the file is taken up by itself.
func rekeyed(w *world) {
	cursor := w.cursor()
	w.serveSandbox("sk_second")
	w.drop("/srv/inbox/rekeyed.png", 2000)
	w.says(cursor, "replace the API key in /etc/florasync/api-key; a new one is taken up within seconds")
	w.is("ActiveState=active", "NRestarts=0")
	if out := w.run("florasync", "status"); !strings.Contains(out, "key_refused") {
		w.t.Errorf("status with a revoked key:\n%s", out)
	}
	w.write("/etc/florasync/api-key", "sk_second\n", 0o640)
	w.waitReady("/srv/inbox/rekeyed.png")
	w.onceEach()
	w.told("a key revoked and replaced in its file: suspended, then taken up without a restart")
}

// credential is the key as a credential: a running unit never sees a new one, and says that it takes a restart.
func credential(w *world) {
	w.encrypt("sk_second")
	w.dropIn("credential.conf")
	if err := os.Remove(w.path("/etc/florasync/api-key")); err != nil {
		w.t.Fatal(err)
	}
	w.run("systemctl", "restart", "florasync")
	w.drop("/srv/inbox/credential.png", 2000)
	w.waitReady("/srv/inbox/credential.png")
	cursor := w.cursor()
	w.serveSandbox("sk_third")
	w.encrypt("sk_third")
	w.drop("/srv/inbox/new-credential.png", 2000)
	w.says(cursor, "systemctl restart")
	w.run("systemctl", "restart", "florasync")
	w.waitReady("/srv/inbox/new-credential.png")
	w.encrypt("")
	cursor = w.cursor()
	if r := w.try("systemctl", "restart", "florasync"); r.code == 0 {
		w.t.Error("an empty credential is no error")
	}
	w.is("ExecMainStatus=2", "NRestarts=0")
	w.says(cursor, "credential flora-api-key", "is empty")
	w.encrypt("sk_third")
	w.run("systemctl", "start", "florasync")
	w.onceEach()
	if said := w.run("journalctl", "--quiet", "--output=cat", "--unit=florasync"); strings.Contains(said, "sk_second") || strings.Contains(said, "sk_third") {
		w.t.Error("a key is in the journal")
	}
	w.told("a credential revoked and replaced: its 401 says to restart, and the restart takes it up")
}

// encrypt makes the key the unit's credential.
func (w *world) encrypt(key string) {
	w.t.Helper()
	w.write("/root/key", key, 0o600)
	w.run("systemd-creds", "encrypt", "--name=flora-api-key", "/root/key", "/etc/florasync/flora-api-key.cred")
	if st, err := os.Stat(w.path("/etc/florasync/flora-api-key.cred")); err != nil || st.Sys().(*syscall.Stat_t).Uid != 0 {
		w.t.Fatalf("the credential: %v", err)
	}
}
