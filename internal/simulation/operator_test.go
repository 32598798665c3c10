package simulation

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/florasync/florasync/internal/config"
	"github.com/florasync/florasync/internal/control"
	"github.com/florasync/florasync/internal/daemon"
	"github.com/florasync/florasync/state"
)

// asked says what came of something that the daemon was asked for. It is refused only when the life ends meanwhile, or with one of these errors.
func (m *mover) asked(what string, err error, allowed ...error) {
	m.say("%s: %v", what, err)
	if err != nil && !m.life.isDead() && !slices.ContainsFunc(allowed, func(each error) bool { return errors.Is(err, each) }) {
		m.t.Errorf("%s: %v", what, err)
	}
}

func (m *mover) retry(string) {
	for _, sum := range m.ambiguous() {
		m.excused[sum]++
	}
	n, err := m.daemon.Service().Retry(m.life.claim, control.Filter{States: []string{"waiting", "failed", "ready"}})
	m.asked(fmt.Sprintf("retry %d", n), err)
}

// ambiguous returns the content of each ambiguous row whose content is ready, by the row. It is uploaded once more when the operator has the row tried again:
// the word is that the asset is another file's.
func (m *mover) ambiguous() map[string]string {
	failed, err := m.daemon.Service().List(m.life.claim, control.Filter{States: []string{"failed"}}, "", 100)
	m.asked("list failed", err)
	rows, ready := map[string]string{}, m.service.ready()
	for _, it := range failed.Items {
		if sum := string(it.SHA256); it.Reason == control.Text(state.Ambiguous) && len(ready[sum]) > 0 {
			rows[it.ID] = sum
		}
	}
	return rows
}

// forget has a file uploaded again: the one that the record knows at the path, which may have left it meanwhile.
func (m *mover) forget(name string) {
	ctx, cancel := context.WithTimeout(m.life.claim, time.Minute)
	defer cancel()
	at := control.Filter{Names: []string{m.path(name)}}
	page, err := m.daemon.Service().List(ctx, at, "", 100)
	m.asked("list "+name, err, control.ErrUnknown)
	for _, it := range page.Items {
		if sum := string(it.SHA256); sum != m.stands[name] {
			m.names[sum]++
		}
	}
	m.names[m.stands[name]]++
	n, err := m.daemon.Service().Forget(ctx, at, true)
	m.forgot, m.byHand = m.forgot+1, true
	m.asked(fmt.Sprintf("forget %s %d", name, n), err, control.ErrUnknown) // nobody may have seen it yet
}

func (m *mover) pauseFolder(string) {
	root := []string{"", "a", m.config.Watch[len(m.config.Watch)-1].Name}[m.r.IntN(3)]
	until := time.Now().Add(time.Duration(m.r.IntN(120)) * time.Second)
	m.asked(fmt.Sprintf("pause %q until %s", root, until.Format(clock)), m.daemon.Service().Pause(m.life.claim, root, until))
}

// uploadRenamed renames a file and names it by hand before anybody has looked.
func (m *mover) uploadRenamed(name string) {
	if to := m.renameFile(name); to != "" {
		m.upload(to)
	}
}

// upload names a file by hand, at times for another workspace, where it is uploaded as well. So may be what a folder does not want as it is configured now, and
// wants for another workspace later.
func (m *mover) upload(name string) {
	u := control.Upload{Inputs: []string{m.path(name)}}
	if m.r.IntN(3) == 0 {
		u.Workspace = "ws_hand"
	}
	m.sentByHand()
	sum, ambiguous := m.stands[name], m.ambiguous()
	items, err := m.daemon.Service().Upload(m.life.claim, u)
	if m.refuses(err, name, u.Workspace) {
		m.say("upload %s %s is refused: %v", name, u.Workspace, err)
		return
	}
	for id, of := range ambiguous {
		if slices.ContainsFunc(items, func(it control.Item) bool { return it.ID == id }) || err != nil && of == sum { // done, and the life ended before it said so
			m.excused[of]++
		}
	}
	if u.Workspace != "" || m.edited {
		m.names[sum]++
	}
	if root, _ := m.watched(name); root == "" || u.Workspace != "" {
		m.handed[name] = sum
	}
	m.asked(fmt.Sprintf("upload %s %s", name, u.Workspace), err)
}

// refuses reports that a file is rightly not uploaded: it was filed away, or had been named for another workspace, be it that of a folder which was not watched
// for a while.
func (m *mover) refuses(err error, name, workspace string) bool {
	if !errors.Is(err, control.ErrInput) {
		return false
	}
	root, _ := m.watched(name)
	elsewhere := workspace != "" && strings.Contains(err.Error(), "forget --upload-again") && (root == "" || m.handed[name] == m.stands[name])
	return elsewhere || !m.isThere(name)
}

// sentByHand notes that a file was named by hand: it shares no asset with others then.
func (m *mover) sentByHand() { m.named, m.byHand = m.named+1, true }

// uploadOutside has a file uploaded by hand where nobody watches, and moves it into a watched folder later on.
func (m *mover) uploadOutside(string) {
	m.fresh++ // nothing takes its place
	name, to := fmt.Sprintf("%sx%d.png", outside, m.fresh), m.place()
	if m.stands[to] != "" {
		return
	}
	sum := m.write(name, m.content(3000))
	if m.edits || m.first.Watch[1].Workspace != workspace {
		m.names[sum]++ // it is uploaded to the workspace of a folder that it comes to as well
	}
	m.sentByHand()
	_, err := m.daemon.Service().Upload(m.life.claim, control.Upload{Inputs: []string{m.path(name)}, Workspace: workspace})
	m.asked("upload "+sum[:8]+" outside", err)
	m.pause(30 * time.Second)
	m.say("and move it to %s", to)
	m.rename(name, to)
}

// reload changes the configuration, or not, and has it read again.
func (m *mover) reload(string) {
	if m.edits {
		m.edit()
	}
	m.reread("reload")
}

// reread has the daemon read the configuration again. A reload that has begun ends, whoever asked; in a life that is killed it does when the record is let go.
func (m *mover) reread(why string) {
	done := make(chan error, 1)
	m.life.asking.Go(func() {
		_, err := m.daemon.Reload(m.life.claim)
		done <- err
	})
	select {
	case err := <-done:
		m.asked(why, err)
	case <-m.life.died:
	}
}

// edit changes some lines of the configuration.
func (m *mover) edit() {
	c := *m.config
	c.Watch = slices.Clone(m.first.Watch)
	for i := range copy(c.Watch, m.config.Watch) {
		m.editWatch(&c.Watch[i])
	}
	m.edited, m.byHand, m.config = true, true, &c
}

// drop takes the last folder out of the configuration.
func (m *mover) drop(string) {
	c := *m.config
	c.Watch = slices.Clone(c.Watch[:1])
	m.edited, m.byHand, m.config = true, true, &c
	m.reread("drop")
	for name, sum := range m.stands {
		if root, _ := m.watched(name); root != "" {
			continue
		}
		if file, err := os.Lstat(m.path(name)); err == nil {
			m.left[name] = left{file, sum}
		}
	}
}

// left is a file that stood in a folder when that was dropped.
type left struct {
	file os.FileInfo
	sum  string
}

// cover looks where another file took the place of one in a folder that was dropped: nobody can tell whether that one stands there as well, so that it may be
// uploaded once more where it is now.
func (m *mover) cover() {
	m.takenBehindACrossing()
	for name, was := range m.left {
		if m.isTaken(name, was.file) {
			m.excused[was.sum]++
			delete(m.left, name)
			m.crossed = slices.DeleteFunc(m.crossed, func(c crossing) bool { return c.from == name && c.sum == was.sum })
		}
	}
}

// editWatch changes a line of a watched folder.
func (m *mover) editWatch(w *config.Watch) {
	switch m.r.IntN(6) {
	case 0:
		w.After, w.MoveTo = []string{"keep", "move", "delete"}[m.r.IntN(3)], ""
		if w.After == "move" {
			w.MoveTo = m.done
		}
		m.after[w.After] = true
	case 1:
		w.Folder = []string{"other/{dir}", "a/{dir}", "x"}[m.r.IntN(3)]
	case 2:
		w.Workspace = []string{"ws_a", "ws_b", "ws_c"}[m.r.IntN(3)]
	case 3:
		w.Exclude = [][]string{nil, {"**/y.png"}, {"d/**"}}[m.r.IntN(3)]
	case 4:
		w.Recursive = m.r.IntN(3) > 0
	}
	m.say("configured: %+v", *w)
}

// read is the configuration as it is now.
func (m *mover) read() (*config.Config, error) {
	c := *m.config
	return &c, nil
}

// end puts the first configuration in force, and ends every pause, so that nothing keeps a file from being uploaded.
func (m *mover) end(l *life, d *daemon.Daemon) {
	m.life, m.daemon, m.edited, m.config = l, d, false, m.first
	m.reread("reload")
	for _, root := range []string{"", "a", "b"} {
		m.asked("resume "+root, d.Service().Resume(l.claim, root))
	}
}
