package main

import (
	"encoding/pem"
	"io"
	"log"
	"net/http/httptest"
	"path/filepath"
	"syscall"
	"testing"
)

// TestExtraCA: an authority that the system does not know is trusted when the configuration names it, and by nothing else.
func TestExtraCA(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	box := m.sandbox()
	server := httptest.NewUnstartedServer(box.behind())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	m.vars["FLORA_BASE_URL"] = server.URL + "/api/v1"
	inbox := m.config()
	put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 700))
	m.run("check").must(1, "PROBLEM flora", "certificate")
	p := m.start("run")
	p.says(`"event":"api.down"`)
	m.run("status", "--exit-code").must(1, "api_down", "certificate")
	p.signal(syscall.SIGTERM)
	if code := p.exit(); code != 0 {
		t.Errorf("exit code %d: %s", code, p.err.String())
	}

	m.config("api: {ca_file: " + m.write("none.pem", "no certificate") + "}")
	m.run("run", "--once").must(2, "api.ca_file", "none.pem", "holds no certificate")
	m.config("api: {ca_file: nowhere.pem}")
	m.run("check", "--offline").must(1, "api.ca_file", "nowhere.pem", "no such file")
	ca := m.write("ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	m.config("api: {ca_file: " + ca + "}")
	m.run("check").must(0)
	m.run("run", "--once").must(0)
	box.onceEach(pictureBytes(1, 700))
}
