package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"

	"github.com/florasync/florasync/internal/config"
	"github.com/spf13/cobra"
)

// serviceUser is whom the units run as.
const serviceUser = "florasync"

// somebody is a user whose rights count instead of ours.
type somebody struct {
	name   string
	rights syscall.Credential
}

// judge finds whose rights count for a check: nil for our own, or those of a running daemon. Root's say nothing about a service's, so that root judges a
// service's configuration as the service's user.
func judge(c *config.Config, as string) (*somebody, error) {
	if _, running := alive(c.StateDir); running {
		if as != "" {
			return nil, usage("--as: florasync runs, and judges with its own rights; leave it out")
		}
		return nil, nil
	}
	if as == "" {
		if _, err := user.Lookup(serviceUser); os.Geteuid() != 0 || config.ServiceSocket(c.File) == "" || err != nil {
			return nil, nil
		}
		as = serviceUser
	}
	u, err := user.Lookup(as)
	if err != nil {
		return nil, usage("--as: there is no user %q", as)
	}
	id, err := credentialOf(u)
	switch {
	case err != nil:
		return nil, err
	case int(id.Uid) == os.Geteuid():
		return nil, nil
	case os.Geteuid() != 0:
		return nil, usage("--as: only root can judge as %s: try sudo", as)
	}
	return &somebody{as, id}, nil
}

func credentialOf(u *user.User) (id syscall.Credential, err error) {
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return id, fmt.Errorf("user %s: %w", u.Username, err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return id, fmt.Errorf("user %s: %w", u.Username, err)
	}
	groups, err := u.GroupIds()
	if err != nil {
		return id, fmt.Errorf("groups of %s: %w", u.Username, err)
	}
	id.Uid, id.Gid = uint32(uid), uint32(gid)
	for _, g := range groups {
		if n, err := strconv.ParseUint(g, 10, 32); err == nil {
			id.Groups = append(id.Groups, uint32(n))
		}
	}
	return id, nil
}

// check runs the same check in a process with the user's rights.
func (s *somebody) check(cmd *cobra.Command, g *globals, c *config.Config, offline bool) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	again := exec.CommandContext(cmd.Context(), exe, "check")
	for name, value := range map[string]string{"--config": c.File, "--state-dir": g.stateDir} { // the file that was found here: his home has others
		if value != "" {
			again.Args = append(again.Args, name, value)
		}
	}
	for name, set := range map[string]bool{"--sandbox": g.sandbox, "--json": g.json, "--offline": offline} {
		if set {
			again.Args = append(again.Args, name)
		}
	}
	again.Stdout, again.Stderr = os.Stdout, os.Stderr
	again.SysProcAttr = &syscall.SysProcAttr{Credential: &s.rights}
	if !g.json {
		if err := say("ok      rights: judged with those of the user %s", s.name); err != nil {
			return err
		}
	}
	err = again.Run()
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended):
		return exitWith(ended.ExitCode(), nil)
	case err != nil:
		return fmt.Errorf("check as %s: %w; the program has to be where every user may run it", s.name, err)
	}
	return nil
}
