package simulation

import "testing"

// TestFolders plays random worlds with two watched folders, each with a setup of its own: files and whole folders go from one to the other, change places,
// are replaced by copies, are taken out and brought back, and get second names, while rows are retried, forgotten and paused, files are uploaded by hand, and
// the configuration changes or loses a folder.
func TestFolders(t *testing.T) {
	t.Parallel()
	eachSeed(t, 30, func(t *testing.T, seed uint64) { playWorld(t, seed, (*randomWorld).moving) })
}

// moving puts one player into a world, at a machine with two watched folders, and draws what that player does at all.
func (w *randomWorld) moving(dir string) {
	w.setups = append(w.setups, setups[w.r.IntN(len(setups))])
	second := &w.setups[1]
	if w.r.IntN(2) == 0 {
		second.workspace = "ws_b"
	}
	if w.r.IntN(2) == 0 {
		second.canvas = "prj_b"
	}
	if w.r.IntN(2) == 0 {
		second.into = "there"
	}
	w.slow = []int{3, 30}[w.r.IntN(2)]
	p := w.player(dir, 0)
	m := &mover{player: p, first: p.config, left: map[string]left{}, handed: map[string]string{}, rewrites: w.r.IntN(3) > 0, edits: w.r.IntN(3) > 0}
	for _, a := range acts {
		if a.always || w.r.IntN(3) > 0 {
			m.acts = append(m.acts, a)
		}
	}
	p.busy, p.does, p.ends, p.reloading = 14, m.act, m.end, m.read
	p.moved, p.away = m.crosses, m.goesAway
}
