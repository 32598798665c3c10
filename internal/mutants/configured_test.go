package mutants

// configured has the paragraph of configurations that change under a row.
var configured = []mutant{
	{"configuration changes", "ConfiguredWhenItStarted", "workspace and folder are those with which the program was started", []edit{
		{"uploader/claim.go", "// allowance is how many rows of a lane may be started.\n", "var started sync.Map\n\n// allowance is how many rows of a lane may be started.\n"},
		{"uploader/claim.go", "	if !ok || root.Account == nil {\n		return allowance{}\n	}\n", "	if !ok || root.Account == nil {\n		return allowance{}\n	}\n	route, _ := started.LoadOrStore(root.Account, root.Route)\n	root.Route = route.(state.Route)\n"},
		{"uploader/reserve.go", "	case now.Route != r.root.Route:\n", "	case now.Route != r.root.Route && r.it.ID == 0:\n"}},
		inUploader, "TestDestinationChangesBeforeItIsReserved"},
	{"configuration changes", "ClaimedGoesWhereItWent", "workspace and folder are those with which a row was claimed, however long it waits for a slot", []edit{
		{"uploader/reserve.go", "	case now.Route != r.root.Route:\n", "	case now.Route != r.root.Route && r.it.ID == 0:\n"}},
		inUploader, "TestDestinationChangesWhileItWaitsForASlot"},
	{"configuration changes", "ReservedIsSentElsewhere", "a row that is reserved is reserved anew where the configuration says now", []edit{
		{"uploader/send.go", "	if f := r.missed; f != nil {\n", "	if r.it.Root != \"\" && r.it.To.Workspace != r.root.Route.Workspace {\n		return is(state.GaveUp(&state.Fault{Class: state.Passing, Code: \"moved\"})), nil\n	}\n	if f := r.missed; f != nil {\n"}},
		inUploader, "TestDestinationIsFrozenOnceReserved"},
	{"configuration changes", "FrozenIsLookedForElsewhere", "a reserved row's asset is looked for in the workspace that the configuration names now", []edit{
		{"uploader/request.go", "(r.it.Frozen || r.it.Root == \"\")", "r.it.Root == \"\""}},
		inUploader, "TestFrozenRowIsLookedForInItsWorkspace"},
	{"configuration changes", "LeftBehindIsLookedForThere", "a reservation that was left behind says where the answer to the next one is looked for", []edit{
		{"uploader/request.go", " && (r.it.Frozen || r.it.Root == \"\")", ""}},
		inUploader, "TestDestinationOfANewGeneration"},
	{"configuration changes", "LeftBehindStaysFrozen", "a reservation that was left behind says where the next one is made", []edit{
		{"uploader/examine.go", "	if r.it.Root == \"\" { // named", "	if r.it.To.Workspace != \"\" { // named"}},
		inUploader, "TestDestinationOfANewGeneration"},
}
