//go:build linux

package e2e

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// repository is the tree of the sources, where packages are built.
const repository = "../.."

// debian is what a minimal Debian with systemd needs; the package's own dependencies are among it, since the machine has no network. rpm is for the other
// package.
const debian = "systemd,systemd-sysv,dbus,ca-certificates,rpm"

// plant makes a minimal Debian in dir: the host's release, from the host's mirror.
func plant(t *testing.T, dir string) {
	t.Helper()
	if *base != "" {
		must(t, exec.Command("cp", "-a", "--reflink=auto", *base+"/.", dir))
		return
	}
	suite, mirror := release(t)
	args := []string{"--variant=minbase", "--include=" + debian, suite, dir}
	if mirror != "" {
		args = append(args, mirror)
	}
	must(t, exec.Command("debootstrap", args...))
}

// release returns the host's release of Debian and the mirror that apt knows for it; "" for debootstrap's own.
func release(t *testing.T) (suite, mirror string) {
	t.Helper()
	suite = "stable"
	text, err := os.ReadFile("/etc/os-release")
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		fields[name] = strings.Trim(value, `"`)
	}
	if fields["ID"] != "debian" || fields["VERSION_CODENAME"] == "" {
		return suite, ""
	}
	suite = fields["VERSION_CODENAME"]
	out := must(t, exec.Command("apt-get", "indextargets", "--format", "$(CODENAME) $(ORIGIN) $(REPO_URI)", "Created-By: Packages"))
	for s := bufio.NewScanner(strings.NewReader(out)); s.Scan(); {
		if f := strings.Fields(s.Text()); len(f) == 3 && f[0] == suite && f[1] == "Debian" {
			return suite, f[2]
		}
	}
	return suite, ""
}

// build makes the packages of a version and adds them to the world's.
func (w *world) build(version string) {
	w.t.Helper()
	must(w.t, exec.Command(filepath.Join(repository, "deploy/package/build"), version))
	for pattern, all := range map[string]*[]string{"florasync_" + version + "_*.deb": &w.debs, "florasync-" + version + "-*.rpm": &w.rpms} {
		found, err := filepath.Glob(filepath.Join(repository, "dist", pattern))
		if err != nil || len(found) != 1 {
			w.t.Fatalf("packages of %s: %v %v", version, found, err)
		}
		*all = append(*all, found[0])
	}
}

// must runs a command of the host and returns what it printed.
func must(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var out, diagnosis bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &diagnosis
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(cmd.Args, " "), err, tail(out.String()), tail(diagnosis.String()))
	}
	return out.String()
}

// tail returns the last lines of a text.
func tail(text string) string {
	lines := strings.SplitAfter(text, "\n")
	return strings.Join(lines[max(0, len(lines)-30):], "")
}
