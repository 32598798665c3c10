package simulation

import "github.com/florasync/florasync/internal/sandbox"

// attachedOnce asserts that a ready asset is once on the canvas it was meant for: FLORA makes a node for each request it takes, and the key keeps a
// second one from being taken while the project's list cannot be trusted to show the first. What went from one folder to another may be on the canvas of each.
func (m *machine) attachedOnce(ready map[string][]sandbox.Asset) {
	m.t.Helper()
	for sum, assets := range ready {
		if m.versions[sum] == "" {
			continue
		}
		for _, a := range assets {
			least, wanted := m.canvases()
			for _, n := range a.Nodes {
				if wanted[n.Project]--; wanted[n.Project] < 0 {
					m.t.Errorf("%s (%s) is on a canvas that it was not meant for, or twice: %v", a.Name, a.ID, a.Nodes)
				}
			}
			if n := len(a.Nodes); n < least && !m.service.mayRefuse() {
				m.t.Errorf("%s (%s) is on %d canvases, want %d", a.Name, a.ID, n, least)
			}
		}
	}
}

// canvases returns how many canvases an asset has to be on at least, and how often it may be on each.
func (m *machine) canvases() (least int, most map[string]int) {
	least, most = 1, map[string]int{}
	for _, w := range m.config.Watch {
		if w.Project != "" {
			most[w.Project] = 1 + m.forgot // the request of a row that is forgotten may be on its way, and its asset is taken by who comes after
		}
		if w.Project == "" || w.Workspace != m.config.Watch[0].Workspace { // who comes to a folder of another workspace stays in its own
			least = 0
		}
	}
	if m.byHand { // forgotten before it was there, or sent to where there is none
		least = 0
	}
	return least, most
}
