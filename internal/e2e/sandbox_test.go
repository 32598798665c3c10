//go:build linux

package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// sandboxAddr is where the sandbox listens inside the machine.
const sandboxAddr = "127.0.0.1:8787"

// sandboxUnit runs the stand-in for FLORA as a service of its own, by a copy of the program that no package touches. Its key is in its environment file, so
// that it can be revoked.
const sandboxUnit = `[Unit]
Description=A stand-in for FLORA
Before=florasync.service
[Service]
EnvironmentFile=/etc/flora-sandbox.env
ExecStart=/usr/local/bin/flora-sandbox sandbox --listen ` + sandboxAddr + ` --dir /var/lib/flora-sandbox --key ${KEY}
StateDirectory=flora-sandbox
DynamicUser=yes
[Install]
WantedBy=multi-user.target
`

// askVariable has this test binary ask one question of the sandbox and exit: it is run with nsenter in the machine's network.
const askVariable = "FLORASYNC_E2E_ASK"

func TestMain(m *testing.M) {
	if question := os.Getenv(askVariable); question != "" {
		method, path, _ := strings.Cut(question, " ")
		if err := askHere(method, path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func askHere(method, path string) error {
	req, err := http.NewRequest(method, "http://"+sandboxAddr+path, os.Stdin)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s", method, path, resp.Status)
	}
	_, err = io.Copy(os.Stdout, resp.Body)
	return err
}

// ask asks the sandbox in the machine.
func (w *world) ask(method, path, body string) (string, error) {
	w.t.Helper()
	cmd := exec.Command("nsenter", "--target", strconv.Itoa(w.leader), "--net", "--", os.Args[0])
	cmd.Env = append(os.Environ(), askVariable+"="+method+" "+path)
	cmd.Stdin = strings.NewReader(body)
	var out, diagnosis bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &diagnosis
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%w: %s", err, diagnosis.String())
	}
	return out.String(), nil
}

// faults replaces the sandbox's faults.
func (w *world) faults(text string) {
	w.t.Helper()
	if _, err := w.ask(http.MethodPut, "/sandbox/faults", text); err != nil {
		w.t.Fatal(err)
	}
}

// serveSandbox has the sandbox take one key from now on, and waits until it answers.
func (w *world) serveSandbox(key string) {
	w.t.Helper()
	w.write("/etc/flora-sandbox.env", "KEY="+key+"\n", 0o600)
	w.run("systemctl", "restart", "flora-sandbox")
	w.sandboxAnswers()
}

func (w *world) sandboxAnswers() {
	w.t.Helper()
	until(w.t, "the sandbox answers", step, func() error {
		_, err := w.ask(http.MethodGet, "/sandbox/faults", "")
		return err
	})
}

// onceEach fails the test unless the ready assets are the files that were dropped so far, each once, by digest, and no rule of FLORA was broken.
func (w *world) onceEach() {
	w.t.Helper()
	var assets []struct{ Name, Status, SHA256 string }
	w.get("/sandbox/assets", &assets)
	n := map[string]int{}
	for _, a := range assets {
		if a.Status == "ready" {
			n[a.SHA256]++
		}
	}
	for name, content := range w.dropped {
		sum := sha256.Sum256(content)
		text := hex.EncodeToString(sum[:])
		if n[text] != 1 {
			w.t.Errorf("%s: %d ready assets, want 1", name, n[text])
		}
		delete(n, text)
	}
	if len(n) > 0 {
		w.t.Errorf("%d ready assets that no file holds", len(n))
	}
	var broken []json.RawMessage
	w.get("/sandbox/violations", &broken)
	for _, v := range broken {
		w.t.Errorf("a rule of FLORA was broken: %s", v)
	}
}

// begun waits until the bytes of a file are on their way to the storage.
func (w *world) begun(name string) {
	w.t.Helper()
	until(w.t, name+" is on its way", step, func() error {
		var assets []struct {
			Name  string
			Begun int
		}
		w.get("/sandbox/assets", &assets)
		for _, a := range assets {
			if a.Name == name && a.Begun > 0 {
				return nil
			}
		}
		return os.ErrNotExist
	})
}

func (w *world) get(path string, into any) {
	w.t.Helper()
	text, err := w.ask(http.MethodGet, path, "")
	if err == nil {
		err = json.Unmarshal([]byte(text), into)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}
