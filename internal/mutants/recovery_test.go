package mutants

// recovery has the paragraphs of what a lost answer, or a lost record, leaves to be found out, and of what is looked at before and after a file is ready.
var recovery = []mutant{
	{"lost answers of a reservation", "EarlierRecordsForEver", "however old the record is, a key that is taken may be an earlier record's", []edit{
		{"uploader/recover.go", "	if r.u.clock.now().Sub(birth) > keyWindow {", "	if r.u.clock.now().Sub(birth) > keyWindow && r.it.ID == 0 {"}},
		inUploader, "TestOwnLostAnswerAfterADay/Later"},
	{"lost answers of a reservation", "EarlierRecordsForADay", "after a day less an hour a key that is taken is held to be our own lost answer", []edit{
		{"uploader/recover.go", "	if r.u.clock.now().Sub(birth) > keyWindow {", "	if r.u.clock.now().Sub(birth) > keyWindow-3*time.Hour {"}},
		inUploader, "TestOwnLostAnswerAfterADay/Within"},
	{"lost answers of a reservation", "ListedOnce", "the first pass through the list is taken at its word", []edit{
		{"uploader/search.go", "		if pass > 0 && sameAssets(last, found) {", "		if pass >= 0 || sameAssets(last, found) {"}},
		inUploader, "TestListIsTakenUntilTwoPassesAgree"},
	{"lost answers of a reservation", "ListedTwice", "two passes through the list need not agree", []edit{
		{"uploader/search.go", "		if pass > 0 && sameAssets(last, found) {", "		if pass > 0 && (pass > 0 || sameAssets(last, found)) {"}},
		inUploader, "TestListIsTakenUntilTwoPassesAgree"},
	{"lost answers of a reservation", "UnknownTimeIsNoCandidate", "an asset that does not say when it was made is not looked at", []edit{
		{"uploader/search.go", "at.IsZero() || (!at.After(birth)", "!at.IsZero() && (!at.After(birth)"}},
		inUploader, "TestCandidateWithoutACreationTime"},
	{"lost answers of a reservation", "UnreadableIsNotOurs", "a candidate whose bytes cannot be read is another file's", []edit{
		{"uploader/recover.go", "		return is(r.ambiguous(fmt.Sprintf(\"asset %s may be this file, but its bytes cannot be read: %v\", asset, err))), nil\n", "		if r.it.ID == 0 {\n			return is(r.ambiguous(fmt.Sprintf(\"%s: %v\", asset, err))), nil\n		}\n		return nil, nil\n"}},
		inUploader, "TestCandidateThatCannotBeRead"},
	{"lost answers of a reservation", "UnreadNowIsUnreadable", "a candidate whose bytes cannot be read while the storage is away is for an operator to look at", []edit{
		{"uploader/recover.go", "(ctx.Err() != nil || passes(err))", "ctx.Err() != nil"}},
		inUploader, "TestCandidateThatCannotBeReadNow"},
	{"7", "GivenAssetIsReplaced", "a reserved row's asset that is ready with other bytes is left behind for a new one", []edit{
		{"uploader/send.go", "		return is(r.ambiguous(\"asset \" + r.it.AssetID + \" is ready with other bytes\")), nil\n", "		return is(state.GaveUp(evidence)), nil\n"}},
		inUploader, "TestGivenAssetWithOtherBytes"},
	{"attach", "CanvasIsListedOnce", "the first pass through a project's list is taken at its word", []edit{
		{"uploader/attach.go", "	for range 2 {", "	for range 1 {"}},
		inUploader, "TestCanvasIsListedTwice"},
	{"4", "GoneTooSoon", "an asset that is not found for eight minutes is gone", []edit{
		{"uploader/poll.go", "	goneLimit = 10 * time.Minute", "	goneLimit = 8 * time.Minute"}},
		inUploader, "TestGoneCountsAfterTenMinutes/Back$"},
	{"4", "GoneTooLate", "an asset that is not found is looked for twice as long", []edit{
		{"uploader/poll.go", "	goneLimit = 10 * time.Minute", "	goneLimit = 20 * time.Minute"}},
		inUploader, "TestGoneCountsAfterTenMinutes/Gone"},
	{"4", "GoneInAWorkspaceThatIsNotSeen", "an asset is gone though its workspace cannot be listed with this key", []edit{
		{"uploader/poll.go", "	if o, err := r.listable(ctx); o != nil || err != nil {", "	if o, err := r.listable(ctx); o == nil && err != nil {"}},
		inUploader, "TestGoneCountsAfterTenMinutes/BackWhileItIsNotListed"},
	{"4", "LeftInAWorkspaceThatIsNotSeen", "a reserved row's asset is left behind though its workspace cannot be listed with this key", []edit{
		{"uploader/send.go", "		if o, err := r.listable(ctx); o != nil || err != nil {", "		if o, err := r.listable(ctx); o == nil && err != nil {"}},
		inUploader, "TestGoneWhileReserved/NotListedForAWhile"},
	{"4", "GoneIsWaitedForWhileReserved", "a reserved row's asset that is gone is no reason for a new one", []edit{
		{"uploader/send.go", "	case notFound(err):\n", "	case notFound(err):\n		if r.it.ID > 0 {\n			return r.gone(ctx, err)\n		}\n"}},
		inUploader, "TestGoneWhileReserved"},
	{"writer at the end of a send", "UnknownIsAWriter", "where writers cannot be told there is always one", []edit{
		{"uploader/prove.go", "writers != source.Some {", "writers == source.NoWriter {"}},
		inUploader, "TestSendWithoutAProbe/Unchanged"},
	{"writer at the end of a send", "UnknownIsNotCompared", "where writers cannot be told the stamps are not looked at either", []edit{
		{"uploader/prove.go", "	if print != r.print {\n", "	if writers, err := r.file.Writers(); print != r.print && (writers != source.Unknown || err != nil) {\n"}},
		inUploader, "TestSendWithoutAProbe/Written"},
	{"file away", "AnotherSizeIsReadyToBeFiledAway", "ready with another size than was sent is ready where the source is to be moved or deleted", []edit{
		{"uploader/complete.go", "	case a.SizeKnown && a.SizeBytes != r.it.Sent:\n", "	case a.SizeKnown && a.SizeBytes != r.it.Sent && r.root.After == Keep:\n"}},
		inUploader, "TestAfterOfAReadyAssetOfAnotherSize/.*/(AtOnce|WhenItIsFinished)"},
	{"file away", "AnotherSizeIsFiledAway", "a source is filed away though FLORA tells another size than was sent, where it told none before", []edit{
		{"uploader/away.go", "		case !a.SizeKnown || a.SizeBytes != r.it.Sent:\n", "		case !a.SizeKnown:\n"}},
		inUploader, "TestAfterOfAReadyAssetOfAnotherSize/.*/WhenItIsFiledAway"},
}
