package mutants

// faults has the classes of chapter 5: whom a fault concerns, and the numbers that are promised.
var faults = []mutant{
	{"faults", "OneKeyStopsAll", "a key that is refused stops the rows of every key", []edit{
		{"uploader/claim.go", "	if _, open := root.Account.key.blocked(); open {\n		return allowance{} //", "	for _, l := range u.opt.Queue.Lanes() {\n		if other, ok := u.opt.Roots.Root(l.Root); ok {\n			if _, open := other.Account.key.blocked(); open {\n				return allowance{}\n			}\n		}\n	}\n	if _, open := root.Account.key.blocked(); open {\n		return allowance{} //"}},
		inUploader, "TestRefusedKeyIsOneKeys"},
	{"faults", "ForbiddenKeyFailsItsRows", "a refusal that the probe confirms is the row's own, where it is a 403", []edit{
		{"uploader/judge.go", "		case health == keyRefused:\n", "		case health == keyRefused && v.fault.Class == state.LockedOut:\n"}},
		inUploader, "TestRefusedKeyIsOneKeys/Forbidden"},
	{"faults", "ForbiddenProbeIsWell", "a probe that is refused with 403 counts as well", []edit{
		{"uploader/probe.go", "(api.Status == http.StatusUnauthorized || api.Status == http.StatusForbidden)", "api.Status == http.StatusUnauthorized"}},
		inUploader, "TestRefusedKeyIsOneKeys/Forbidden"},
}
