package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
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
		{"ListCSVAndJSON", func(m *machine) []string { m.recorded(); return []string{"list", "--csv", "--json"} }, 2, []string{"--csv", "--json"}},
		{"ListUnderAnotherRoot", func(m *machine) []string {
			m.recorded()
			return []string{"list", "--root", "inbox", "--under", "/nowhere/else"}
		}, 2,
			[]string{"/nowhere/else", "inbox"}},
		{"ForgetUnderAnotherRoot", func(m *machine) []string {
			m.recorded()
			return []string{"forget", "--root", "", "--under", m.path("inbox"), "--yes"}
		}, 2, []string{"INBOX", `""`}},
		{"DryRunOutOfTime", func(m *machine) []string {
			m.recorded()
			return []string{"run", "--once", "--dry-run", "--timeout", "1ns"}
		}, 7, []string{"within 1ns"}},
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
		{"UploadURLWithoutHost", func(m *machine) []string {
			m.vars["FLORA_API_KEY"] = "sk_test"
			return []string{"upload", "https://", "--workspace", "ws_a"}
		}, 2, []string{"https:", "not a URL with a host"}},
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

// recorded leaves a record with one file in it, a.png, and returns its folder.
func (m *machine) recorded() string {
	m.t.Helper()
	m.sandbox()
	inbox := m.config()
	put(m.t, filepath.Join(inbox, "a.png"), pictureBytes(1, 700))
	m.run("run", "--once").must(0)
	return inbox
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
	// What is empty is a variable that a script never set, and must not mean everything.
	for _, command := range []string{"retry", "forget", "list"} {
		for _, flag := range []string{"--under", "--since", "--state"} {
			wrong = append(wrong, []string{command, flag, ""}, []string{command, flag + "=", "--root", "inbox"})
		}
		wrong = append(wrong, []string{command, "--state-dir", "", "--root", "inbox"}, []string{command, "--config", "", "--root", "inbox"})
	}
	for _, command := range []string{"pause", "resume", "wait"} {
		wrong = append(wrong, []string{command, "--root", ""})
	}
	for _, command := range []string{"retry", "forget", "explain", "wait", "upload", "state backup", "state restore"} {
		wrong = append(wrong, append(strings.Fields(command), ""))
	}
	wrong = append(wrong, []string{"state", "rename-root", "inbox", ""}, []string{"state", "rename-root", "", "inbox"}, []string{"sandbox", "--key", ""},
		[]string{"upload", "--from-file", ""}, []string{"check", "--as", ""}, []string{"wait", "--timeout", "0s", "x"}, []string{"run", "--once", "--timeout", "0s"},
		[]string{"upload", "--timeout", "0s", "x"}, []string{"upload", "--timeout", "-1s", "x"})
	// Of two flags neither is ignored.
	wrong = append(wrong, []string{"list", "--csv", "--json"}, []string{"list", "--all", "--follow"}, []string{"list", "--all", "--after", "f00"},
		[]string{"status", "--follow", "--exit-code"}, []string{"upload", "--no-wait", "--timeout", "1s", "x"}, []string{"upload", "-0", "x"},
		[]string{"retry", "--failed", "--state", "waiting"}, []string{"forget", "--failed", "--state", "failed", "--yes"},
		[]string{"list", "--sandbox", "--config", "x"}, []string{"run", "--sandbox", "--watch", "x", "--config", "x"})
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
