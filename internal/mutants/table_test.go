package mutants

import "slices"

// rules are chapter 4 of the design: the seven rules, the pairs of those that overlap, and the paragraphs below them; and the faults of chapter 5.
var rules = []string{"1", "2", "3", "4", "5", "6", "7", "3 and 7", "4 and 5", "lost answers of a reservation", "attach", "intent of a URL", "form expiry",
	"writer at the end of a send", "file away", "restored backup", "moves", "links", "commands", "configuration changes", "what commits wait for", "faults"}

const (
	inState    = "./state"
	inQueue    = "./queue"
	inSource   = "./internal/source"
	inUploader = "./uploader"
	inWorld    = "./internal/simulation"
)

// table has the rules 1 to 7; the paragraphs are in paragraphs_test.go, recovery_test.go and configured_test.go, the faults in faults_test.go.
var table = slices.Concat([]mutant{
	{"1", "AnotherVersionUnderTheReservation", "a file that is another version when it is opened is sent under the row's reservation", []edit{
		{"uploader/open.go", "		if !r.print.SameFile(r.it.Print) {\n			return r.other(ctx)\n		}\n", ""}},
		inUploader, "TestFileChanges/(Before|Reserved)/(Changed|Replaced)"},
	{"1", "NewVersionTakesOverTheReservation", "a version that comes while the older one is reserved takes over its row", []edit{
		{"queue/judge.go", "	doubt := older.Phase == state.Queued &&", "	doubt := older.Phase <= state.Reserved &&"}},
		inQueue, "TestContract"},
	{"1", "FailedBehindANewVersion", "a row that FLORA failed sends the bytes of the version that took its path meanwhile, which has a row of its own", []edit{
		{"uploader/open.go", "		if over {\n", "		if over && r.it.ID == 0 {\n"}},
		inUploader, "TestFailedBehindANewVersion"},
	{"2", "SentWithoutProof", "the descriptor is not compared again after the send", []edit{
		{"uploader/prove.go", "	if print != r.print {", "	if print != r.print && sum == [32]byte{} {"}},
		inUploader, "TestFileChanges/Sent/(Changed|RewrittenMTimeRestored)"},
	{"2", "ChangeTimeAloneIsNoDoubt", "a file of which only the change time moved during the send is not digested again", []edit{
		{"uploader/prove.go", "		if err != nil || again != sum {", "		if err != nil && again != sum {"}},
		inUploader, "TestFileChanges/Sent/RewrittenMTimeRestored"},
	{"2", "LongerThanTheVersion", "bytes behind the recorded size are not looked for", []edit{
		{"state/next.go", "		return o.size == it.Print.Size", "		return true"}},
		inState, "TestHalfAFileIsNotUploaded"},
	{"2", "SupersededAfterUploaded", "a row whose bytes are proven is skipped when another version took its path", []edit{
		{"queue/row.go", "it.Phase <= state.Reserved }", "it.Phase <= state.Completed }"}},
		inQueue, "TestContract"},
	{"3", "CompleteFromReserved", "what stands at reserved is completed when FLORA refuses a new form", []edit{
		{"uploader/send.go", "	case a.Status != flora.StatusFailed && r.restored()", "	case a.Status == flora.StatusPending:\n		if _, _, err := r.root.Account.Client.Complete(ctx, r.it.AssetID, freshKey()); err != nil {\n			return nil, err\n		}\n	case a.Status != flora.StatusFailed && r.restored()"}},
		inWorld, "TestWindow/FormLost"},
	{"3 and 7", "UnknownBytesAreCompletedUncommitted", "after a send without an answer, or in the next life, complete is tried first, and uploaded is not awaited", []edit{
		{"uploader/row.go", "	case state.KindReserved, state.KindRenewed:", "	case state.KindReserved, state.KindRenewed, state.KindSent:"},
		{"uploader/send.go", "	if r.renewing {\n", "	if !r.renewing {\n		if _, _, err := r.root.Account.Client.Complete(ctx, r.it.AssetID, freshKey()); err != nil && r.renewed < 0 {\n			return nil, err\n		}\n	}\n	if r.renewing {\n"}},
		inWorld, "TestWindow/(FormLost|SentNotRecorded)"},
	{"4", "NewGenerationAfter404", "an asset that is not found after complete is replaced by a new one", []edit{
		{"uploader/poll.go", "	f.Class, f.Code = state.Passing, string(state.NotFound)\n", "	f.Class, f.Code = state.Passing, string(state.NotFound)\n	if r.it.AssetID != \"\" {\n		return is(state.GaveUp(&f)), nil\n	}\n"},
		{"state/table.go", "	{Completed, KindReady,", "	{Uploaded, KindGaveUp, Queued, None, \"\"},\n	{Completed, KindGaveUp, Queued, None, \"\"},\n	{Completed, KindReady,"}},
		inUploader, "TestRowFaults/Gone"},
	{"4", "NewGenerationForARefusedRetry", "a retry that FLORA refuses makes a new asset, though the old one is ready", []edit{
		{"uploader/send.go", "	case a.Status == flora.StatusReady:\n", "	case a.Status == flora.StatusReady && r.it.Generation > 100:\n"}},
		inUploader, "TestRestoredRowLooksAtItsAsset"},
	{"4 and 5", "ProcessingIsReplaced", "an asset that FLORA keeps pending is replaced after a while", []edit{
		{"uploader/poll.go", "	if processing > processingLimit {\n", "	if processing > 10*time.Second {\n		return is(state.GaveUp(&state.Fault{Class: state.Passing, Message: \"slow\"})), nil\n	}\n	if processing > processingLimit {\n"},
		{"state/table.go", "	{Completed, KindReady,", "	{Completed, KindGaveUp, Queued, None, \"\"},\n	{Completed, KindReady,"}},
		inUploader, "TestEveryServerLeadsToOneReadyAsset/LongProcessing"},
	{"4", "LeftBehindWithACompletionOnItsWay", "an asset whose bytes FLORA said it misses is left behind while a completion may be on its way", []edit{
		{"uploader/missed.go", "const completionOnItsWay = 5 * time.Minute", "const completionOnItsWay = 0 * time.Minute"}},
		inUploader, "TestCompletionOnItsWay"},
	{"4", "LastRevertIsForgotten", "when the bytes were missing is forgotten after eight tries of other steps", []edit{
		{"state/tries.go", "		return 1\n", "		return 0\n"}},
		inUploader, "TestCompletionOnItsWayWhileTheStorageFails"},
	{"5", "UntrueConflictIsBelieved", "a completion that is refused as done already is never sent again", []edit{
		{"uploader/poll.go", "	if r.it.Presumed && ", "	if r.it.Presumed && r.it.ID == 0 && "}},
		inUploader, "TestConflictThatIsNotTrue"},
	{"5", "TimeRenewsACompletedRow", "an asset that is processing for long goes back to reserved", []edit{
		{"uploader/poll.go", "	if processing > processingLimit {\n", "	if processing > 10*time.Second {\n		return r.revert(&state.Fault{Class: state.Passing, Code: \"slow\"})\n	}\n	if processing > processingLimit {\n"}},
		inUploader, "TestEveryServerLeadsToOneReadyAsset/LongProcessing"},
	{"5", "RenewalsWithoutEnd", "forms are renewed for ever", []edit{
		{"uploader/send.go", "const renewalsN = 8", "const renewalsN = 1 << 15"}},
		inUploader, "TestRowFaults/FormStale/NoFormEverWorks"},
	{"5", "RevertedIsNotAwaited", "back to reserved is not on disk before retry is sent", []edit{
		{"uploader/row.go", "	case state.KindReserved, state.KindRenewed:", "	case state.KindReserved, state.KindRenewed, state.KindReverted:"}},
		inWorld, "TestWindow/RevertedNotRetried"},
	{"6", "ReservationKeyIsFresh", "each reservation has a key of its own", []edit{
		{"uploader/reserve.go", "	key := state.ReservationKey(r.u.opt.Machine, r.root.Source.Path(), body)", "	key := freshKey()"}},
		inWorld, "TestWindow/ReservedNotRecorded"},
	{"6", "KeyWithoutGeneration", "the next generation has the key of the last", []edit{
		{"state/key.go", ", uint64(p.Size), uint64(it.Generation)).key()", ", uint64(p.Size)).key()"}},
		inState, "TestReservationKeyDependsOnEveryPart"},
	{"6", "CompleteKeyIsFixed", "complete is repeated under the same key", []edit{
		{"uploader/complete.go", "Complete(ctx, r.it.AssetID, freshKey())", "Complete(ctx, r.it.AssetID, \"complete-\"+r.it.AssetID)"}},
		inUploader, "TestRowFaults/Passing/CompleteAnswerLost|TestRowFaults/Passing/AssetFailedOnce"},
	{"6", "AttachKeyIsFresh", "each attach request has a key of its own", []edit{
		{"uploader/attach.go", "state.AttachKey(r.u.opt.Machine, r.it, project)", "state.AttachKey(r.u.opt.Machine, r.it, project) + freshKey()"}},
		inWorld, "TestWindow/AttachedNotRecorded"},
	{"6", "ConflictIsNoDuplicate", "422 idempotency_conflict does not count as a duplicate", []edit{
		{"uploader/reserve.go", "e.Code == \"idempotency_conflict\" ||", "e.Code == \"\" ||"}},
		inUploader, "TestKeyOfAnotherBodyIsADuplicate"},
	{"7", "SentAgainBeforeAsking", "bytes whose answer was lost are sent again before complete is tried", []edit{
		{"uploader/post.go", "	case receipt.WholeBody && body.whole() && r.u.posts.sole(r.it.ID):\n", "	case receipt.WholeBody && body.whole() && r.u.posts.sole(0):\n"}},
		inUploader, "TestBytesWithoutAnAnswerAreSentOnce"},
	{"7", "FLORAsWordForAnotherVersion", "bytes whose answer was lost count as sent when FLORA misses none, though those of another version may have come before them", []edit{
		{"uploader/post.go", "	case receipt.WholeBody && body.whole() && r.u.posts.sole(r.it.ID):\n", "	case receipt.WholeBody && body.whole():\n"}},
		inUploader, "TestBytesOfAnotherVersionAtTheStorage"},
	{"7", "EarlierLifeSentTheSame", "what an earlier life sent to a row's asset is taken for the version that stands there now", []edit{
		{"uploader/posted.go", "posted{it.AssetID, print, born || before.anew, false}", "posted{it.AssetID, print, true, false}"}},
		inUploader, "TestBytesOfAnotherVersionAtTheStorage"},
	{"7", "ReadyWithAnotherSize", "a ready asset with another size than was sent is taken", []edit{
		{"uploader/complete.go", "	case a.SizeKnown && a.SizeBytes != r.it.Sent:\n", "	case a.SizeKnown && a.SizeBytes < 0:\n"}},
		inUploader, "TestReadyWithAnotherSizeIsAmbiguous"},
	{"7", "UnknownSizeIsTaken", "a ready asset of unknown bytes without a size is taken unread", []edit{
		{"uploader/complete.go", "	case !a.SizeKnown && r.it.Unanswered:\n", "	case !a.SizeKnown && r.it.Unanswered && a.SizeBytes < 0:\n"}},
		inUploader, "TestReadyWithoutASizeIsReadBack"},
	{"7", "MissingBytesAreLeft", "bytes that FLORA misses after complete are not sent again", []edit{
		{"uploader/complete.go", "	return r.revert(&f)\n", "	return is(state.Fail(state.Ambiguous, &f)), nil\n"}},
		inUploader, "TestRowFaults/Passing/StorageHangsAndKeepsNothing"},
	{"7", "LostFormIsANewGeneration", "after a restart at reserved a new asset is made without asking for a new form", []edit{
		{"uploader/send.go", "	r.renewing = true\n	r.renewed++\n", "	if code == \"lost\" {\n		return is(state.GaveUp(&f)), nil\n	}\n	r.renewing = true\n	r.renewed++\n"}},
		inWorld, "TestWindow/FormLost"},
}, paragraphs, recovery, configured, faults)
