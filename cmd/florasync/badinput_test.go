package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asked is one wrong input and what is said of it: the thing, and the cure.
type asked struct {
	name  string
	setup func(m *machine) []string // returns the command line
	code  int
	says  []string
}

// TestBadInput gives what people give by mistake: one clear sentence, its exit code, and nothing lost or made.
func TestBadInput(t *testing.T) {
	t.Parallel()
	configured := func(text string) func(*machine) []string {
		return func(m *machine) []string {
			m.mkdir("inbox")
			m.mkdir("inbox/below")
			m.vars["FLORA_API_KEY"] = "sk_test"
			path := m.write("f.yaml", strings.ReplaceAll(text, "INBOX", m.path("inbox")))
			return []string{"run", "--once", "--config", path}
		}
	}
	watch := "watch:\n  - path: INBOX\n    workspace: ws_a\n"
	keyFile := func(mode os.FileMode, content string) func(*machine) []string {
		return func(m *machine) []string {
			args := configured(watch + "api: {key_file: " + m.path("key") + "}\n")(m)
			delete(m.vars, "FLORA_API_KEY")
			if mode != 0 {
				if err := os.Chmod(m.write("key", content), mode); err != nil {
					m.t.Fatal(err)
				}
			}
			return args
		}
	}
	for _, c := range []asked{
		{"NoKey", func(m *machine) []string {
			m.config()
			return []string{"run"}
		}, 2, []string{"no API key", "FLORA_API_KEY", "--sandbox"}},
		{"NoKeyForUpload", func(m *machine) []string {
			m.write("a.png", "x")
			return []string{"upload", "a.png", "--workspace", "ws_a"}
		}, 2, []string{"no API key", "FLORA_API_KEY", "--sandbox"}},
		{"KeyFileMissing", keyFile(0, ""), 2, []string{"no API key", "/key", "--sandbox"}},
		{"KeyFileEmpty", keyFile(0o600, " \n"), 2, []string{"/key", "empty"}},
		{"KeyFileReadableByOthers", keyFile(0o644, "sk_test"), 2, []string{"/key", "0644", "chmod 0600"}},
		{"NothingToWatch", func(m *machine) []string { return []string{"run"} }, 2, []string{"nothing to watch", "--watch DIR"}},
		{"WatchWithoutWorkspace", func(m *machine) []string { m.mkdir("d"); return []string{"run", "--watch", "d"} }, 2, []string{"workspace", "ws_"}},
		{"WorkspaceOfAnotherKind", configured("watch:\n  - path: INBOX\n    workspace: prj_a\n"), 2, []string{":3:", "prj_a", "ws_"}},
		{"ProjectOfAnotherKind", configured(watch + "    project: ws_a\n"), 2, []string{":4:", "ws_a", "prj_"}},
		{"MistypedSetting", configured(watch + "    recursiv: true\n"), 2, []string{"f.yaml:4:5", "recursiv", "recursive"}},
		{"UnknownSetting", configured(watch + "colour: red\n"), 2, []string{"f.yaml:4:1", "colour"}},
		{"WrongType", configured(watch + "upload: {concurrency: many}\n"), 2, []string{"f.yaml:4:23", "many"}},
		{"NotYAML", configured("watch: [\n"), 2, []string{"f.yaml:"}},
		{"BaseURLNotHTTPS", configured(watch + "api: {base_url: http://example.com/api/v1}\n"), 2, []string{"base_url", "https"}},
		{"ConfigMissing", func(m *machine) []string { return []string{"run", "--config", "nowhere.yaml"} }, 2, []string{"nowhere.yaml", "no such file"}},
		{"FolderIsAFile", func(m *machine) []string {
			m.vars["FLORA_API_KEY"] = "sk_test"
			m.write("file", "x")
			return []string{"run", "--watch", "file", "--workspace", "ws_a"}
		}, 2, []string{"/file", "not a folder"}},
		{"FolderInsideAnother", configured(watch + "  - path: INBOX/below\n    workspace: ws_a\n"), 2, []string{"inside", "INBOX"}},
		{"StateInsideRoot", func(m *machine) []string { return append(configured(watch)(m), "--state-dir", m.path("inbox", "s")) }, 2, []string{"inside", "--state-dir"}},
		{"StateIsAFile", func(m *machine) []string {
			m.write("s", "x")
			return append(configured(watch)(m), "--state-dir", m.path("s"))
		}, 2, []string{"/s", "not a folder"}},
		{"UploadNothingThere", func(m *machine) []string {
			m.vars["FLORA_API_KEY"] = "sk_test"
			return []string{"upload", "nowhere.png", "--workspace", "ws_a"}
		}, 2, []string{"nowhere.png", "no such file"}},
		{"UploadNoWorkspace", func(m *machine) []string {
			m.vars["FLORA_API_KEY"] = "sk_test"
			m.write("a.png", "x")
			return []string{"upload", "a.png"}
		}, 2, []string{"a.png", "--workspace"}},
		{"UploadWorkspaceOfAnotherKind", func(m *machine) []string {
			m.vars["FLORA_API_KEY"] = "sk_test"
			m.write("a.png", "x")
			return []string{"upload", "a.png", "--workspace", "acme"}
		}, 2, []string{"acme", "ws_"}},
		{"UploadFolderWithNothing", func(m *machine) []string {
			m.vars["FLORA_API_KEY"] = "sk_test"
			m.mkdir("none")
			return []string{"upload", "none", "--workspace", "ws_a"}
		}, 2, []string{"none", "nothing that FLORA takes"}},
		{"UploadHTTP", func(m *machine) []string {
			m.vars["FLORA_API_KEY"] = "sk_test"
			return []string{"upload", "http://example.com/a.png", "--workspace", "ws_a"}
		}, 2, []string{"https"}},
		{"ForgetUnknown", func(m *machine) []string {
			m.config()
			return []string{"forget", "inbox/never.png"}
		}, 1, []string{"never.png"}},
		{"RetryUnknownID", func(m *machine) []string {
			m.config()
			return []string{"retry", "it_zz"}
		}, 1, []string{"it_zz"}},
		{"CredentialEmpty", func(m *machine) []string {
			args := configured(watch)(m)
			delete(m.vars, "FLORA_API_KEY")
			m.vars["CREDENTIALS_DIRECTORY"] = filepath.Dir(m.write("credentials/flora-api-key", "\n"))
			return args
		}, 2, []string{"the systemd credential flora-api-key", "empty"}},
		{"ExplainUnknownID", func(m *machine) []string { m.config(); return []string{"explain", "it_zz"} }, 1, []string{"it_zz", "unknown"}},
		{"ExplainOutside", func(m *machine) []string { m.config(); return []string{"explain", "/etc/hostname"} }, 1, []string{"/etc/hostname", "outside every watched folder"}},
		{"ForgetUnknownID", func(m *machine) []string { m.config(); return []string{"forget", "it_zz"} }, 1, []string{"it_zz"}},
		{"WaitUnknownPath", func(m *machine) []string { m.config(); return []string{"wait", "inbox/never.png"} }, 1, []string{"never.png", "no such file"}},
		{"WaitUnknownRoot", func(m *machine) []string { m.config(); return []string{"wait", "--root", "outbox"} }, 1, []string{"outbox", "unknown"}},
		{"WaitBoth", func(m *machine) []string { m.config(); return []string{"wait", "--root", "inbox", "inbox/a.png"} }, 2, []string{"not both"}},
		{"ResumeUnknownRoot", func(m *machine) []string { m.config(); return []string{"resume", "--root", "outbox"} }, 1, []string{"outbox"}},
		{"PauseForNothing", func(m *machine) []string { m.config(); return []string{"pause", "--for", "0s"} }, 2, []string{"above zero"}},
		{"ListBadCursor", func(m *machine) []string { m.recorded(); return []string{"list", "--follow", "--after", "nonsense"} }, 2, []string{"cursor"}},
		{"ListUnknownRoot", func(m *machine) []string { m.recorded(); return []string{"list", "--root", "outbox"} }, 1, []string{"outbox", "unknown"}},
		{"ListBadSince", func(m *machine) []string { m.config(); return []string{"list", "--since", "-"} }, 2, []string{"--since", "24h"}},
		{"ListBadUnder", func(m *machine) []string { m.recorded(); return []string{"list", "--under", "/nowhere/else"} }, 0, nil},
		{"RestoreNothingThere", func(m *machine) []string { m.config(); return []string{"state", "restore", "nowhere.db"} }, 1, []string{"nowhere.db", "no record"}},
		{"RestoreNoRecord", func(m *machine) []string {
			m.config()
			return []string{"state", "restore", m.write("x.db", strings.Repeat("no record\n", 5000))}
		}, 6, []string{"x.db"}},
		{"BackupNowhere", func(m *machine) []string { m.recorded(); return []string{"state", "backup", "nowhere/x.db"} }, 1, []string{"nowhere", "no such file"}},
		{"RenameUnknownRoot", func(m *machine) []string { m.recorded(); return []string{"state", "rename-root", "outbox", "x"} }, 1, []string{"outbox"}},
		{"FromFileMissing", func(m *machine) []string {
			m.vars["FLORA_API_KEY"] = "sk_test"
			return []string{"upload", "--from-file", "nowhere.txt", "--workspace", "ws_a"}
		}, 2, []string{"--from-file", "nowhere.txt"}},
		{"FromFileEmpty", func(m *machine) []string {
			m.vars["FLORA_API_KEY"] = "sk_test"
			return []string{"upload", "--from-file", m.write("list", "\n\n"), "--workspace", "ws_a"}
		}, 2, []string{"nothing to upload"}},
		{"SandboxWithoutFolder", func(m *machine) []string { return []string{"run", "--sandbox"} }, 2, []string{"--watch DIR"}},
		{"StateDirNowhere", func(m *machine) []string { return append(configured(watch)(m), "--state-dir", "/proc/nowhere") }, 2, []string{"/proc"}},
		{"ListenTwice", configured(watch + "server: {listen: \"127.0.0.1\"}\n"), 2, []string{"server.listen", "127.0.0.1:9309"}},
		{"SocketTooFar", configured(watch + "server: {socket: /nowhere/at/all/s}\n"), 2, []string{"/nowhere/at/all/s", "server.socket"}},
		{"PauseUnknownRoot", func(m *machine) []string {
			m.config()
			return []string{"pause", "--root", "outbox"}
		}, 1, []string{"outbox"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			args := c.setup(m)
			says := make([]string, len(c.says))
			for i, s := range c.says {
				says[i] = strings.ReplaceAll(s, "INBOX", m.path("inbox"))
			}
			r := m.run(args...).must(c.code, says...)
			if strings.Count(strings.TrimSpace(r.err), "\n") > 0 || strings.TrimSpace(r.out) != "" {
				t.Errorf("want one line on stderr:\n%s%s", r.out, r.err)
			}
			if strings.Contains(r.err, "sk_test") {
				t.Error("the key is printed")
			}
		})
	}
}

// recorded leaves a record with a file in it.
func (m *machine) recorded() {
	m.t.Helper()
	m.sandbox()
	put(m.t, filepath.Join(m.config(), "a.png"), pictureBytes(1, 700))
	m.run("run", "--once").must(0)
}

// TestEveryCommandRefusesWhatItDoesNotKnow: flags, arguments too many or too few, in one line, and nothing is made.
func TestEveryCommandRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	most := map[string]int{"run": 0, "status": 0, "list": 0, "pause": 0, "resume": 0, "check": 0, "sandbox": 0, "version": 0, "man": 0, "reload": 0, "explain": 1, "loglevel": 1,
		"state check": 0, "state backup": 1, "state restore": 1, "state rename-root": 2}
	least := map[string]int{"explain": 1, "loglevel": 1, "state backup": 1, "state restore": 1, "state rename-root": 2}
	var wrong [][]string
	for command, n := range most {
		wrong = append(wrong, append(strings.Fields(command), strings.Fields(strings.Repeat("x ", n+1))...))
	}
	for command, n := range least {
		wrong = append(wrong, append(strings.Fields(command), strings.Fields(strings.Repeat("x ", n-1))...))
	}
	for _, command := range []string{"run", "upload", "status", "list", "wait", "explain", "retry", "forget", "pause", "resume", "check", "sandbox", "state", "state check",
		"state backup", "state restore", "state rename-root", "reload", "loglevel", "version", "completion", "completion bash", "man", "help"} {
		wrong = append(wrong, append(strings.Fields(command), "--nonsense"), append(strings.Fields(command), "--config"))
	}
	wrong = append(wrong, []string{"retry"}, []string{"forget"}, []string{"upload"}, []string{"pause", "--for", "long"}, []string{"wait", "--timeout", "long"}, []string{"run", "--timeout", "x"})
	for _, args := range wrong {
		if r := m.run(args...); r.code != 2 || r.out != "" || strings.Count(strings.TrimSpace(r.err), "\n") > 0 || !strings.HasPrefix(r.err, "florasync: ") {
			t.Errorf("florasync %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
		}
	}
	if entries, err := os.ReadDir(m.home); err != nil || len(entries) > 0 {
		t.Errorf("something was made: %v, %v", entries, err)
	}
}

// TestMissingFolderIsWaitedFor: a folder that is not there stops nothing, and is taken up when it comes.
func TestMissingFolderIsWaitedFor(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	box := m.sandbox()
	inbox := m.config("    poll: 1s")
	if err := os.Remove(inbox); err != nil {
		t.Fatal(err)
	}
	m.run("run", "--once").must(7, "root_offline", inbox)
	m.run("check").must(1, inbox+" is not there", "mount")
	p := m.start("run")
	p.says("root.offline")
	m.run("status").must(0, "root_offline")
	put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 700))
	m.settled(1)
	box.onceEach(pictureBytes(1, 700))
	if r := m.run("status", "--exit-code").must(0); strings.Contains(r.out, "root_offline") {
		t.Errorf("still offline: %s", r.out)
	}
}

// TestUnreadable runs as another user, for whom rights mean something.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	if os.Getuid() == 0 {
		m.uid = 65534
		if err := os.Chown(m.home, 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	own := func(path string, mode os.FileMode) string {
		t.Helper()
		if m.uid != 0 {
			if err := os.Chown(path, int(m.uid), int(m.uid)); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	box := m.sandbox()
	inbox := m.config("    poll: 1s")
	for _, dir := range []string{"config", "config/florasync"} {
		own(m.path(dir), 0o755)
	}
	own(m.path("config/florasync/florasync.yaml"), 0o600)
	own(inbox, 0o755)
	put(t, filepath.Join(inbox, "open.png"), pictureBytes(1, 700))
	put(t, filepath.Join(inbox, "shut.png"), pictureBytes(2, 700))
	own(filepath.Join(inbox, "open.png"), 0o644)
	own(filepath.Join(inbox, "shut.png"), 0)
	m.run("run", "--once", "--timeout", "5s").must(7)
	m.run("explain", "inbox/shut.png").must(0, "permission denied")
	own(filepath.Join(inbox, "shut.png"), 0o644)
	m.run("retry", "inbox/shut.png")
	m.run("run", "--once").must(0)
	box.onceEach(pictureBytes(1, 700), pictureBytes(2, 700))

	own(inbox, 0)
	m.run("run", "--once", "--timeout", "5s").must(7, inbox, "permission denied")
	m.run("check").must(1, inbox, "permission denied")
	own(inbox, 0o755)

	state := own(m.mkdir("readonly"), 0o555)
	m.run("run", "--once", "--state-dir", state).must(2, state, "cannot be written", "--state-dir")
	m.run("upload", "inbox/open.png", "--state-dir", state).must(2, state, "cannot be written")
	own(state, 0o755)

	key := own(m.write("key", "sk_sandbox"), 0)
	delete(m.vars, "FLORA_API_KEY")
	m.vars["FLORASYNC_API_KEY_FILE"] = key
	m.run("run", "--once").must(2, key, "permission denied")
}

// TestOddFiles: each file that is not taken says why, and the others are taken.
func TestOddFiles(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	box := m.sandbox()
	m.vars["FLORASYNC_UPLOAD_CONCURENCY"] = "3" // a slip in the environment is said, and stops nothing
	inbox := m.config("    max_size: 10KiB")
	good := pictureBytes(1, 10<<10) // the limit is inclusive
	put(t, filepath.Join(inbox, "good.png"), good)
	put(t, filepath.Join(inbox, "big.png"), pictureBytes(2, 10<<10+1))
	put(t, filepath.Join(inbox, "empty.png"), nil)
	put(t, filepath.Join(inbox, "program.png"), []byte("\x7fELF\x02\x01\x01"+strings.Repeat("\x00", 100)))
	put(t, filepath.Join(inbox, "picture.JPG"), pictureBytes(3, 900)) // magic decides: a PNG
	put(t, filepath.Join(inbox, ".hidden.png"), pictureBytes(4, 900))
	put(t, filepath.Join(inbox, "half.png.part"), pictureBytes(5, 900))
	put(t, filepath.Join(inbox, "raw.cr3"), pictureBytes(6, 900))
	if err := os.Symlink("good.png", filepath.Join(inbox, "link.png")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(inbox, "pipe.png"), 0o644); err != nil {
		t.Fatal(err)
	}
	dry := m.run("run", "--dry-run").must(0, "good.png", "big.png", "size", "program.png", "type", "raw.cr3")
	if strings.Contains(dry.err, "asset") || len(box.assets()) != 0 {
		t.Error("--dry-run has uploaded")
	}
	if _, err := os.Stat(m.path("state")); err == nil {
		t.Error("--dry-run has made a state directory")
	}
	m.run("run", "--once").must(0, "FLORASYNC_UPLOAD_CONCURENCY", "did you mean FLORASYNC_UPLOAD_CONCURRENCY")
	box.onceEach(good, pictureBytes(3, 900))
	for _, a := range box.ready() {
		if a.ContentType != "image/png" {
			t.Errorf("%s was sent as %s", a.Name, a.ContentType)
		}
	}
	for _, it := range m.items("--state", "skipped") {
		want := map[string]string{"big.png": "size", "empty.png": "size", "program.png": "type"}[it["path"].(string)]
		if it["reason"] != want || it["error"] == nil {
			t.Errorf("%v", it)
		}
	}
	for name, says := range map[string]string{"good.png": "ready since", "big.png": "skipped (size)", "empty.png": "skipped (size)", "program.png": "skipped (type)",
		".hidden.png": "hidden", "half.png.part": "not taken", "raw.cr3": "no pattern matches", "link.png": "not a regular file", "pipe.png": "not a regular file",
		"never.png": "no such file", "": "watched folder"} {
		m.run("explain", filepath.Join("inbox", name)).must(0, says)
	}
	m.run("explain", "elsewhere.png").must(1, "outside every watched folder")
	put(t, filepath.Join(inbox, "empty.png"), pictureBytes(7, 500))
	before, err := os.ReadFile(m.path("state/florasync/florasync.db"))
	if err != nil {
		t.Fatal(err)
	}
	n := len(box.assets())
	plans := objects(t, m.run("run", "--dry-run", "--json").must(0).out)
	for _, p := range plans {
		want := map[any]string{"good.png": "done", "big.png": "skip", "empty.png": "upload", "raw.cr3": "ignore"}[p["path"]]
		if want != "" && p["action"] != want {
			t.Errorf("dry run: %v, want %s", p, want)
		}
	}
	if after, err := os.ReadFile(m.path("state/florasync/florasync.db")); err != nil || string(after) != string(before) {
		t.Errorf("--dry-run has changed the record: %v", err)
	}
	if len(box.assets()) != n {
		t.Error("--dry-run has reserved something")
	}
	m.run("run", "--once").must(0)
	box.onceEach(good, pictureBytes(3, 900), pictureBytes(7, 500))
	box.unbroken()
}

// TestHostileAPI: whatever answers instead of FLORA, the program ends in time, says something, and keeps the file.
func TestHostileAPI(t *testing.T) {
	t.Parallel()
	answers := map[string]http.HandlerFunc{
		"NotJSON":    func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>It works!</html>") },
		"NoFields":   func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") },
		"WrongTypes": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"asset_id":7,"status":[],"upload":"x"}`) },
		"NoUpload": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"asset_id":"asset_1","status":"pending_upload","workspace_id":"ws_test","url":"https://x.invalid/a"}`)
		},
		"UploadElsewhere": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"asset_id":"asset_1","status":"pending_upload","upload":{"url":"file:///etc/passwd","form_fields":{},"file_field":"file"}}`)
		},
		"Huge": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"asset_id":"`)
			for range 512 {
				if _, err := fmt.Fprint(w, strings.Repeat("x", 128<<10)); err != nil {
					return
				}
			}
		},
		"NeverEnds": func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, `{"asset_id":`)
			tick := time.NewTicker(50 * time.Millisecond)
			defer tick.Stop()
			for r.Context().Err() == nil {
				fmt.Fprint(w, " ")
				w.(http.Flusher).Flush()
				<-tick.C
			}
		},
		"NeverAnswers": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"Redirects": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusTemporaryRedirect)
		},
		"Empty":  func(http.ResponseWriter, *http.Request) {},
		"Teapot": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) },
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			server := httptest.NewServer(answer)
			t.Cleanup(server.Close)
			m.vars["FLORA_API_KEY"], m.vars["FLORA_BASE_URL"] = "sk_hidden", server.URL+"/api/v1"
			inbox := m.config("api: {timeout: 1s}", "log: {level: debug}")
			put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 800))
			r := m.run("run", "--once", "--timeout", "3s")
			if r.code != 7 && r.code != 1 && r.code != 4 {
				t.Errorf("exit code %d\n%s", r.code, r.err)
			}
			if strings.Contains(r.err, "goroutine ") || strings.Contains(r.err, "sk_hidden") || !strings.Contains(r.err, "florasync: ") {
				t.Errorf("it says: %.4000s", r.err)
			}
			c := m.run("check")
			if c.code != 1 && c.code != 4 {
				t.Errorf("check: exit code %d\n%s%s", c.code, c.out, c.err)
			}
			if got := m.totals(); got.Seen != 1 || got.Ready != 0 || got.Skipped != 0 {
				t.Errorf("%+v: the file is not kept", got)
			}
			m.run("state", "check").must(0)
			server.Close()
			box := m.sandbox()
			m.run("retry", "inbox/a.png").must(0)
			m.run("run", "--once").must(0)
			box.onceEach(pictureBytes(1, 800))
		})
	}
}

// TestSilentStorage: the connection is taken and nothing more happens.
func TestSilentListener(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	m.vars["FLORA_API_KEY"], m.vars["FLORA_BASE_URL"] = "sk_test", "http://"+l.Addr().String()+"/api/v1"
	inbox := m.config("api: {timeout: 1s}", "upload: {drain: 1s}")
	put(t, filepath.Join(inbox, "a.png"), pictureBytes(1, 800))
	m.run("run", "--once", "--timeout", "2s").must(7)
	m.run("check").must(1, "PROBLEM flora")
}
