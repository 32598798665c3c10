package simulation

import (
	"slices"

	"github.com/florasync/florasync/internal/sandbox"
)

// spent are the rules that a form breaks that was used, or was to be used, before.
var spent = map[string]bool{sandbox.FormSpent: true, sandbox.FormExpired: true, sandbox.PostAfterComplete: true}

// lawful asserts that no rule of FLORA was broken that the clients could have kept.
func (s *service) lawful() {
	s.t.Helper()
	killed, forgot := 0, 0
	for _, m := range s.machines {
		killed, forgot = killed+m.killed, forgot+m.forgot
	}
	for _, v := range s.box.Violations() {
		switch {
		case v.Rule == sandbox.Throttled && (killed > 0 || len(s.machines) > 1): // who was told to wait was killed, or is another machine
			continue
		case v.Rule == sandbox.FormExpired && s.options.CamelForm: // this spelling does not tell when a form expires
			continue
		case s.late[lateCall{v.Asset, sandbox.OpPost}] && spent[v.Rule]:
			continue // when it was sent it was right
		case s.late[lateCall{v.Asset, sandbox.OpComplete}] && v.Rule == sandbox.PostAfterComplete:
			continue // FLORA had said that it misses the bytes, and a completion was on its way still
		case killed > 0 && v.Rule == sandbox.FormSpent && s.options.Replay: // a replayed answer's form was used by a life whose record of it was lost
			continue
		case forgot > 0 && spent[v.Rule] && s.options.Replay: // or by a row that was forgotten
			continue
		case v.Rule == sandbox.FormSpent && s.options.Replay && s.reservedTwice(v.Asset): // or by one whose file vanished, or had its place taken, and is back
			continue
		}
		s.t.Errorf("violation: %+v", v)
	}
}

// reservedTwice reports what [reservedTwice] told of an asset when the record was last looked at.
func (s *service) reservedTwice(asset string) bool {
	return slices.ContainsFunc(s.machines, func(m *machine) bool { return m.twice[asset] })
}
