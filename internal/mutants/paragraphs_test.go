package mutants

// paragraphs has what stands below the rules.
var paragraphs = []mutant{
	{"lost answers of a reservation", "EarlierRecordsAreNotLookedFor", "a key that is taken is always held to be our own lost answer", []edit{
		{"uploader/recover.go", "	if r.u.clock.now().Sub(birth) > keyWindow {", "	if r.u.clock.now().Sub(birth) > -keyWindow {"}},
		inUploader, "TestRecordLostAndRebuilt"},
	{"lost answers of a reservation", "BirthIsNoBorder", "assets made after the record's birth are taken for an earlier record's", []edit{
		{"uploader/search.go", "at.IsZero() || (!at.After(birth) && at.After(birth.Add(-keyWindow)))", "at.IsZero() || at.After(birth.Add(-keyWindow))"}},
		inUploader, "TestOwnLostAnswerIsNotWaitedFor"},
	{"lost answers of a reservation", "CandidateIsTakenUnread", "a ready candidate of the same name and size is adopted without its digest", []edit{
		{"uploader/recover.go", "	return n == r.it.Print.Size && [32]byte(h.Sum(nil)) == want, nil\n", "	return n == r.it.Print.Size, nil\n"}},
		inUploader, "TestCandidateWithOtherBytes"},
	{"lost answers of a reservation", "HeldAssetIsAdopted", "a candidate that another row holds is adopted again", []edit{
		{"uploader/recover.go", "		} else if holder != 0 {\n", "		} else if holder != 0 && r.it.ID == 0 {\n"}},
		inUploader, "TestAdoptsNoAssetThatAnotherRowHolds"},
	{"lost answers of a reservation", "PendingCandidateIsLeft", "a pending candidate is not waited for", []edit{
		{"uploader/recover.go", "			waiting = true\n", "			waiting = false\n"}},
		inUploader, "TestRecordLostAndRebuilt"},
	{"lost answers of a reservation", "ReplayedAssetIsNotLookedAt", "an asset that an answer hands out is not looked at before bytes are sent", []edit{
		{"uploader/reserve.go", "s.left, s.doubt = left, !known || !r.u.lifetime.whole(left)", "s.left, s.doubt = left, false && !known"}},
		inUploader, "TestRecordLostAndRebuilt"},
	{"lost answers of a reservation", "UnknownStatusIsAnotherRecords", "a reservation with a status that nobody has told of is taken for an earlier record's, though it came with a form", []edit{
		{"uploader/reserve.go", "{ return s == flora.StatusReady || s == flora.StatusFailed }", "{ return s != flora.StatusPending }"}},
		inUploader, "TestOddAnswers"},
	{"attach", "KeyOfAnotherProject", "a key that was given to a row for another project is taken for the one of every request", []edit{
		{"uploader/attach.go", "	case r.it.AttachTo != \"\" && r.it.AttachTo != project:\n", "	case r.it.AttachTo != \"\" && r.it.AttachTo == \"none\":\n"}},
		inUploader, "TestProjectIsChangedAndBack"},
	{"attach", "WindowNeverCloses", "attach is sent under its key however long ago the asset became ready", []edit{
		{"uploader/attach.go", "const attachWindow = 110 * time.Minute", "const attachWindow = 110000 * time.Minute"}},
		inWorld, "TestWindow/AttachedNotRecorded"},
	{"attach", "AdoptedIsAttachedBlindly", "an earlier record's asset is attached without a look at whether it is on the canvas", []edit{
		{"uploader/attach.go", "r.restored() || r.it.Adopted)", "r.restored())"}},
		inUploader, "TestRecordRebuiltInEveryPhase"},
	{"attach", "LookedAndSentAnew", "an attach that may still be on its way is sent again under another key", []edit{
		{"uploader/attach.go", "		since = it.AttachAt\n", "		since = it.AttachAt.Add(time.Second - attachWindow)\n"}},
		inWorld, "TestWindow/AttachedNotRecorded"},
	{"attach", "CountStaysInMemory", "the request after a look goes out under the old key", []edit{
		{"state/next.go", "		it.AttachN++\n", "		it.AttachN = 0\n"}},
		inWorld, "TestWindow/AttachedNotRecorded"},
	{"attach", "DuplicateIsAFault", "a duplicate does not mean attached", []edit{
		{"uploader/attach.go", "	case err == nil, duplicate(err) && errors.As(err, &e) && e.Code != \"\":", "	case err == nil:"}},
		inUploader, "TestAttachOnce"},
	{"attach", "ClockIsTakenAtItsWord", "before FLORA has told the time this machine's clock says whether the key still counts", []edit{
		{"uploader/attach.go", "!r.u.clock.known() || ", ""}},
		inUploader, "TestAttachOnceWhateverTheClockSays"},
	{"links", "ReservedIsSentForItself", "a row that an earlier life reserved is sent although an equal one is on its way", []edit{
		{"uploader/send.go", "r.linkReserved(ctx); o != nil || err != nil {", "r.linkReserved(ctx); o != nil && o.Kind() == 0 || err != nil {"}},
		inUploader, "TestEqualFilesKilledAtAnyMoment"},
	{"attach", "SharedIsAttachedByEach", "of the files that share an asset each puts it on the canvas", []edit{
		{"uploader/attach.go", "	if o, err := r.shareCanvas(ctx, project); o != nil || err != nil {\n", "	if o, err := r.shareCanvas(ctx, project); o != nil && o.Kind() == 0 {\n"}},
		inUploader, "TestSharedAssetIsAttachedOnce"},
	{"attach", "ParkedLendsNoKey", "an equal file's request goes out under a key of its own beside one that is parked and may have sent", []edit{
		{"uploader/canvas.go", "		if r.lends(other, project) &&", "		if other.ID == 0 && r.lends(other, project) &&"}},
		inUploader, "TestAttachOfAParkedRowIsOnItsWay"},
	{"attach", "LentKeyIsForgotten", "a request goes out under the key of another row only while that one is parked", []edit{
		{"state/key.go", "	if it.Lender != 0 {\n", "	if it.Lender != 0 && it.ID == 0 {\n"}},
		inUploader, "TestLentKeyIsKept|TestAttachOfAParkedRowIsOnItsWay"},
	{"intent of a URL", "SecondRequest", "while the intent stands another request is sent", []edit{
		{"uploader/create.go", "	if !r.mayPost {\n", "	if !r.mayPost && r.it.ID == 0 {\n"}},
		inWorld, "TestWindow/(IntentNotSent|CreatedNotRecorded)"},
	{"intent of a URL", "RefusalOfUnknownFateTakesItBack", "an answer that does not say that nothing was made takes the intent back", []edit{
		{"uploader/create.go", "refused.Status < 500 &&", "refused.Status < 600 &&"}},
		inUploader, "TestCreateFromURL"},
	{"form expiry", "ExpiredFormIsSent", "a form is posted whenever", []edit{
		{"uploader/forms.go", "	case s.form.Expired(now) && (s.posts > 0 || now.Sub(s.at) > freshFor):\n", "	case s.form.Expired(now) && s.asset == \"\":\n"}},
		inUploader, "TestEveryServerLeadsToOneReadyAsset|TestConcurrency|TestTight"},
	{"form expiry", "SpentFormIsSentAgain", "a form of a kind that allows one attempt is posted again", []edit{
		{"uploader/forms.go", "	case s.posts > 0 && !s.form.Reusable():\n", "	case s.posts > 0 && s.asset == \"\":\n"}},
		inUploader, "TestRowFaults/Passing/StorageErrorImageKit|TestRowFaults/Passing/CutBodyImageKit"},
	{"form expiry", "FreshFormIsNotTried", "a form that expired on its way is not tried once", []edit{
		{"uploader/forms.go", "const freshFor = 2 * time.Second", "const freshFor = -time.Second"}},
		inUploader, "TestFormThatCameExpiredIsTriedOnce"},
	{"writer at the end of a send", "WriterIsNotSeen", "nobody looks for writers after the send", []edit{
		{"uploader/prove.go", "	if o, err := r.unwritten(ctx); o != nil || err != nil {\n		return o, err\n	}\n", ""}},
		inUploader, "TestWriterDuringTheSend"},
	{"file away", "ConfiguredWhenItWasClaimed", "a file is deleted that was to be kept since, because the configuration of its claim counts", []edit{
		{"uploader/row.go", "		r.root = root\n", "		_ = root\n"}},
		inUploader, "TestConfigurationChangesUnderARow"},
	{"file away", "SizeThatIsNotToldAgrees", "a source is filed away though FLORA tells no size", []edit{
		{"uploader/away.go", "	if !r.it.Agreed || r.it.Adopted {", "	if r.it.Adopted {"}},
		inUploader, "TestAfter/(Move|Delete)SizeNotTold"},
	{"file away", "AnotherRowsAssetIsNotLookedAt", "a source is filed away for an asset that FLORA called ready for another row, however long ago", []edit{
		{"uploader/away.go", "	if !r.it.Agreed || r.it.Adopted {", "	if !r.it.Agreed {"}},
		inUploader, "TestEqualFileOfAnAssetThatPeopleRemoved"},
	{"file away", "AnotherVersionIsRemoved", "what stands at the path is not compared with the record", []edit{
		{"internal/source/away.go", "	return err == nil && st.kind == Regular && identity(r.print(st)) == identity(want)\n", "	return err == nil && st.kind == Regular\n"},
		{"internal/source/away.go", "	if err == nil && (st.kind != Regular || identity(r.print(st)) != identity(want)) {\n", "	if err == nil && st.kind != Regular {\n"}},
		inSource, "TestChangedFileStays"},
	{"file away", "RewrittenWithItsOldTime", "a file of which only the change time moved is filed away unread", []edit{
		{"uploader/away.go", "	case err != nil || sum != r.it.Digest:\n", "	case err != nil && sum != r.it.Digest:\n"}},
		inUploader, "TestAfter/.*WithItsOldTime"},
	{"file away", "ClockSaysWhatWasUntouched", "a file whose change time lies before the send is not read, whatever its change time was then", []edit{
		{"uploader/away.go", " || print.CTime != r.it.Print.CTime {", " {"}},
		inUploader, "TestDeleteOfASourceSentWhileTheClockWasAhead"},
	{"file away", "WriterLosesItsFile", "a file that somebody writes to is unlinked", []edit{
		{"internal/source/away.go", "	case r.written(dir, aside):\n", "	case r.written(dir, aside) && aside == \"\":\n"}},
		inSource, "TestAwayWhileSomebodyWrites/Remove"},
	{"file away", "WriterIsMovedAlong", "a file that somebody writes to is moved, and what they write is where nobody watches", []edit{
		{"internal/source/away.go", "	case r.written(dir, aside):\n", "	case r.written(dir, aside) && dir == home:\n"}},
		inSource, "TestAwayWhileSomebodyWrites/Move"},
	{"file away", "MovedUnderItsNameAtOnce", "what was renamed to a destination is looked at under its own name, where the next life cannot tell it from what stood there", []edit{
		{"internal/source/move.go", "	aside := r.Leftover(p, want, to)\n", "	aside := p.Base()\n"}},
		inWorld, "TestWindow/SetAsideNotRemoved/.*/move"},
	{"file away", "LeftoverIsForgotten", "a file that an earlier life had set aside is not found", []edit{
		{"internal/source/away.go", "		if _, absent := statAt(dir, aside); absent != nil {\n", "		if _, absent := statAt(dir, aside); absent != nil || aside != \"\" {\n"}},
		inSource, "TestAwayFinishesWhatAnEarlierLifeBegan"},
	{"file away", "LeftoverIsNotMet", "what an earlier life had set aside is not found where its folder stands by now", []edit{
		{"watcher/listing.go", "			r.meet(p)\n", ""}},
		inWorld, "TestWindow/SetAsideNotRemoved/FolderRenamed"},
	{"file away", "LeftoverIsTheSame", "a file of the same content, dropped where one was set aside, is taken for that one, which is left behind", []edit{
		{"uploader/examine.go", "		case older.Digest != digest, r.setAside(older):\n", "		case older.Digest != digest:\n"}},
		inWorld, "TestWindow/SetAsideNotRemoved/EqualFileInItsPlace"},
	{"file away", "NamesOfAFileLeaveOneLeftover", "what a life left of one name of a file is taken for what it left of another", []edit{
		{"internal/source/away.go", "	fmt.Fprintf(h, \"%016x %s\", identity(want).Sum(), name)\n", "	fmt.Fprintf(h, \"%016x\", identity(want).Sum())\n"}},
		inSource, "TestRemoveOfEachNameOfOneFile"},
	{"file away", "MovedIsForgotten", "a file that an earlier life had moved is not found at its destination", []edit{
		{"internal/source/move.go", "		return r.findMoved(dest, p, want, to, err)\n", "		return \"\", r.wrap(\"move\", string(p), err)\n"}},
		inWorld, "TestWindow/MovedNotRecorded"},
	{"file away", "NotPutBackIsPutBack", "a version that cannot be put back counts as one that stands at its path, and nobody tries again", []edit{
		{"internal/source/away.go", "		return fmt.Errorf(\"%w (%s; it has to be put back from %q)\", err, why.Error(), state.Path(name).Shown())\n", "		return fmt.Errorf(\"%w: %w\", why, err)\n"}},
		inSource, "TestAwayThatCannotBePutBack"},
	{"file away", "EmptyMountPointIsTheFolder", "a scan of a folder counts for the empty directory that stands in its place since", []edit{
		{"uploader/away.go", "; now != folder || inode != 0 && (inode != now.Inode || born != now.Born) {", "; now != folder && inode+uint64(born) == 0 {"}},
		inUploader, "TestAbsentInAnotherFolder"},
	{"file away", "TakenFromUnderADoubt", "a source is deleted while a later row of it waits for a digest to tell that it is the same", []edit{
		{"uploader/away.go", "	} else if doubted {\n", "	} else if doubted && r.it.ID == 0 {\n"}},
		inUploader, "TestDeletionWaitsForADoubt"},
	{"file away", "LinkInItsPlaceIsDenied", "a source whose folder was moved, with a link left in its place, is waited for as one that may not be removed", []edit{
		{"uploader/away.go", "fs.ErrNotExist), errors.Is(err, source.ErrNotRegular):", "fs.ErrNotExist):"}},
		inUploader, "TestAfterOfASourceBehindALink"},
	{"restored backup", "NotHeld", "rows of a restored backup are treated as any other", []edit{
		{"uploader/send.go", "func (r *row) restored() bool { return r.it.ID <= r.u.opt.Queue.Restored() }", "func (r *row) restored() bool { return r.it.ID == 0 && r.u.opt.Queue.Restored() > 0 }"}},
		inUploader, "TestRestoredRowLooksAtItsAsset"},
	{"moves", "RenamedFileIsNew", "a file whose path vanished is not known again by its identity", []edit{
		{"queue/moves.go", "		if !r.Print.SameFile(s.Print) || !s.mayMove(r) || s.doubts(r) {\n			continue\n", "		if id != 0 || !r.Print.SameFile(s.Print) || !s.mayMove(r) || s.doubts(r) {\n			continue\n"}},
		inQueue, "TestContract"},
	{"moves", "RenameHidesARewrite", "a file whose change time moved with its rename is taken for the version that is ready, unread", []edit{
		{"queue/moves.go", "r.HasDigest() && r.Print.CTime != s.Print.CTime", "r.HasDigest() && r.ID == 0"}},
		inQueue, "TestContract"},
	{"moves", "LaterVersionIsTheOlderRow", "a file that was rewritten while FLORA had it, and renamed, is taken for the version that FLORA failed", []edit{
		{"queue/moves.go", "		over = over || later.ID != r.ID &&", "		over = over || later.ID != r.ID && r.ID == 0 &&"}},
		inQueue, "TestContract"},
	{"moves", "UnreadHasVanished", "a row is taken for gone while a digest has yet to tell whether its file stands elsewhere", []edit{
		{"queue/scan.go", "early(other.Item) && other.Prev != 0", "early(other.Item) && other.Prev != 0 && r.ID == 0"}},
		inQueue, "TestContract"},
	{"moves", "StandingRowIsTakenAway", "a row takes over another's content and place, though that one's file stands there", []edit{
		{"queue/original.go", "	return !stands, err\n", "	return !stands || older.ID > 0, err\n"}},
		inQueue, "TestContract"},
	{"moves", "NameOfTheSameFileIsMoved", "a name that keeps its file is given the row of another name that went", []edit{
		{"queue/sight.go", "	if !s.stays(older) {\n", "	if !s.stays(older) || older.ID > 0 {\n"}},
		inQueue, "TestContract"},
	{"moves", "ChangedIsForEver", "a version that stands there again, after somebody found another one, stays skipped", []edit{
		{"queue/entry.go", "	case r.changed():\n", "	case r.changed() && r.ID == 0:\n"}},
		inQueue, "TestContract/ChangedAndBackIsTakenAgain"},
	{"moves", "ClockSaysWhatVanishedFirst", "a scan that ended before the clock was set back is evidence for what vanished after it", []edit{
		{"queue/steady.go", "s.first.Add(t.Sub(s.first))", "t"}},
		inQueue, "TestVanishedAfterTheClockWasSetBack"},
	{"moves", "ClockThatWasAheadIsWaitedFor", "what vanished in an earlier process, whose clock was ahead, is looked for until this one's says so, too", []edit{
		{"queue/steady.go", "	return s.latest + 1\n", "	return 1 << 63\n"}},
		inQueue, "TestVanishedBeforeTheClockWasSetBack"},
	{"moves", "AwayAndBackIsNew", "a file that was away when it was to be deleted is a new one when it is back", []edit{
		{"queue/row.go", "	return r.Away == state.AwayDeleted && r.gone != 0 &&", "	return r.Away == state.AwayDeleted && r.gone != 0 && r.ID == 0 &&"}},
		inQueue, "TestContract/CountedAsDeletedAndBackIsNotNew"},
	{"moves", "PutWhereOneWasDeletedIsTheOldOne", "a file that was put where one counts as deleted is taken for that one by its stamps alone", []edit{
		{"queue/row.go", " && r.Print.Inode != 0 && r.Print.Born != 0\n", "\n"}},
		inQueue, "TestContract/PutWhereOneIsDeletedIsNew"},
	{"moves", "NameAtADeletedPlaceIsNew", "a name that is renamed to where another one of its file was deleted is a new file", []edit{
		{"queue/moves.go", "s.URL != \"\" || s.stays(older) {", "s.URL != \"\" || older.gone == 0 && sameInode(older.Print, s.Print) {"}},
		inQueue, "TestContract/ANameMovedToWhereAnotherWasTaken"},
	{"moves", "NeverUploadedHidesTheUploaded", "a name that vanished before it was uploaded hides the uploaded one from which a renamed file may come", []edit{
		{"queue/moves.go", "r.tellsOf() != 0 && (newest.ID == 0", "(newest.ID == 0"}},
		inQueue, "TestContract/ANameThatWasNeverUploadedHidesNoOther"},
	{"moves", "DeletedNameComesFirst", "a name that is looked for is taken for another one of its file that counts as deleted", []edit{
		{"uploader/examine.go", "		case older.Away != state.AwayDeleted:\n", "		case older.Away != state.AwayDeleted && deleted == 0:\n"}},
		inUploader, "TestNameThatWaitsIsFoundFirst"},
	{"moves", "OurDeletionIsAnAbsence", "a file that we deleted, and whose path was told as gone before that was on disk, may turn up elsewhere", []edit{
		{"queue/change.go", "	case !vanished:\n		return 0, nil\n", "	case !vanished:\n		return r.gone, nil\n"}},
		inQueue, "TestContract/ToldAsGoneBeforeItsDeletion"},
	{"moves", "DeletedWhereItStands", "a file that was found again in the moment it was to count as deleted counts as deleted", []edit{
		{"queue/change.go", "	if err == nil && !driven {\n", "	if err == nil && !driven && r.ID == 0 {\n"}},
		inQueue, "TestContract/CountsAsDeletedAndIsBackMeanwhile"},
	{"moves", "TakenAwayTakesOver", "a row whose file we deleted takes over what stands there later", []edit{
		{"queue/change.go", "	if older.taken() {\n", "	if older.taken() && older.ID == 0 {\n"},
		{"queue/original.go", " && !r.taken()", ""}},
		inQueue, "TestContract/TakenAwayTakesNothingOver"},
	{"moves", "AbsentTakesTheNameOfAnother", "what counts as deleted takes the name of a file for which another row of it waits", []edit{
		{"queue/moves.go", "		if r.absent() {\n", "		if r.absent() && r.ID == 0 {\n"}},
		inQueue, "TestContract/NamesComeBackToTheirRows"},
	{"moves", "LinkIsTheDeletedName", "a further name of a file, one of whose names counts as deleted, is taken for that one", []edit{
		{"uploader/examine.go", "	return links > 1, err\n", "	return links < 1, err\n"}},
		inUploader, "TestCountedAsDeletedAndFoundAgain"},
	{"moves", "AnotherFolderKnowsNothing", "a file that comes under another folder of the configuration is a new one", []edit{
		{"watcher/moved.go", "	return p.Root != r.name && r.peers(p.Root) == nil &&", "	return p.Root != r.name && r.peers(p.Root) == nil && p.Of < 0 &&"}},
		"./watcher", "TestTookOver"},
	{"moves", "NotWatchedAnyMoreIsForgotten", "a file that comes from a folder that is not watched any more is a new one", []edit{
		{"watcher/moved.go", "	return errors.Is(err, fs.ErrNotExist)\n", "	return errors.Is(err, fs.ErrNotExist) && p.Of < 0\n"}},
		"./watcher", "TestAbandoned"},
	{"moves", "NotWatchedAnyMoreIsOneFile", "a second name of a file of a folder that is not watched any more is taken for it", []edit{
		{"watcher/moved.go", "	return errors.Is(err, fs.ErrNotExist)\n", "	return err == nil || errors.Is(err, fs.ErrNotExist)\n"}},
		"./watcher", "TestAbandoned"},
	{"moves", "SettlingFileIsGone", "a file that settles under its new name when a scan ends is taken for gone", []edit{
		{"internal/daemon/intake.go", "i.queue.ScanDone(ctx, root, s.Began, s.Settling...)", "i.queue.ScanDone(ctx, root, s.Began)"}},
		inWorld, "TestAbsenceIsNoDeletion"},
	{"moves", "AnotherFileIsTheRow", "a file of another size and time is taken for the one that vanished", []edit{
		{"state/fingerprint.go", "f.Born == g.Born && f.Size == g.Size && f.MTime == g.MTime", "f.Born == g.Born"}},
		inState, "TestCompare"},
	{"commands", "AmbiguousKeepsItsGeneration", "the operator's word on an ambiguous row starts no new generation", []edit{
		{"state/next.go", "	if it.Reason == Ambiguous {\n", "	if it.Reason == Ambiguous && it.ID == 0 {\n"}},
		inState, "TestReopen"},
	{"commands", "ForgottenIsClaimedAnew", "a row whose attempt was ended to forget it is claimed again before it can be taken away", []edit{
		{"uploader/uploader.go", "			until = time.Now().Add(forgetting)\n", "			until = time.Now()\n"}},
		inUploader, "TestForgottenInEveryPhase"},
	{"commands", "ForgottenByWhatItWas", "a row that became ready since a command listed it as failed is forgotten, and uploaded again", []edit{
		{"internal/daemon/change.go", "		if still, err := s.still(ctx, q, f, id); err != nil || !still {\n", "		if _, err := s.still(ctx, q, f, id); err != nil {\n"}},
		"./internal/daemon", "TestForgetMeansWhatIsStillSo"},
	{"commands", "AmbiguousIsUploadedAgain", "a row that may already be ready starts a new generation by itself", []edit{
		{"uploader/recover.go", "	return state.Fail(state.Ambiguous, &state.Fault{Class: state.Lasting,", "	if r.it.Phase <= state.Reserved {\n		return state.GaveUp(&state.Fault{Class: state.Passing, Message: message})\n	}\n	return state.Fail(state.Ambiguous, &state.Fault{Class: state.Lasting,"}},
		inUploader, "TestCreateFromURL|TestReadyWith"},
	{"intent of a URL", "AnothersAssetIsTaken", "what is found under the name of a URL is taken, though another URL's request of that name may have made it", []edit{
		{"uploader/create.go", "	case len(free) == 1 && !rival:\n", "	case len(free) == 1:\n"}},
		inUploader, "TestURLsOfOneName"},
	{"what commits wait for", "UploadedIsNotAwaited", "complete is sent before uploaded is on disk", []edit{
		{"uploader/row.go", "	case state.KindReserved, state.KindRenewed:", "	case state.KindReserved, state.KindRenewed, state.KindSent:"}},
		inWorld, "TestCrashAtEveryEvent"},
	{"what commits wait for", "ReadyIsNotAwaited", "attach and file away begin before ready is on disk", []edit{
		{"uploader/row.go", "		return o.Work() == (state.Work{})", "		return true"}},
		inWorld, "TestReadyIsOnDiskBeforeTheSourceIsTouched"},
	{"what commits wait for", "IntentIsNotAwaited", "the request is sent before the intent is on disk", []edit{
		{"uploader/row.go", "	case state.KindReserved, state.KindRenewed:", "	case state.KindReserved, state.KindRenewed, state.KindIntent:"}},
		inWorld, "TestIntentIsOnDiskBeforeTheRequest"},
}
