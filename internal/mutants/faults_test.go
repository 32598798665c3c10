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
	{"faults", "ThrottledForAMinute", "a 429 without a header is waited out for a minute", []edit{
		{"uploader/classify.go", "const throttleDelay = 5 * time.Second", "const throttleDelay = time.Minute"}},
		inUploader, "TestThrottledWithoutAHeaderWaitsFiveSeconds"},
	{"faults", "RefusedKeyIsTriedLate", "the first probe of a refused key comes after nine minutes", []edit{
		{"uploader/options.go", "key: breaker{first: 30 * time.Second", "key: breaker{first: 9 * time.Minute"}},
		inUploader, "TestARefusedKeyIsTriedAfterHalfAMinute/Refused"},
	{"faults", "UnpaidKeyIsTriedLate", "the first reservation after one that nobody had paid for comes after nine minutes", []edit{
		{"uploader/options.go", "payment: breaker{first: 30 * time.Second", "payment: breaker{first: 9 * time.Minute"}},
		inUploader, "TestARefusedKeyIsTriedAfterHalfAMinute/Unpaid"},
	{"faults", "StorageIsDownAfterThree", "three failures in a row speak of the storage's host", []edit{
		{"uploader/host.go", "const storageFailures = 5", "const storageFailures = 3"}},
		inUploader, "TestStorageIsDownAfterFiveFailuresOfTwoRows"},
	{"faults", "StorageIsDownAfterNine", "nine failures in a row speak of the storage's host", []edit{
		{"uploader/host.go", "const storageFailures = 5", "const storageFailures = 9"}},
		inUploader, "TestStorageIsDownAfterFiveFailuresOfTwoRows"},
	{"faults", "StorageIsDownForOneRow", "one row's failures speak of the storage's host", []edit{
		{"uploader/host.go", "(h.two || connect)", "(h.two || connect || h.failures > 0)"}},
		inUploader, "TestStorageIsDownAfterFiveFailuresOfTwoRows"},
	{"5", "RenewedTwice", "the third renewal is charged", []edit{
		{"uploader/send.go", "const renewalsN = 8", "const renewalsN = 2"}},
		inUploader, "TestEightRenewalsAreEvidenceAboutForms"},
	{"5", "RenewedOnceMore", "the ninth renewal is not charged", []edit{
		{"uploader/send.go", "const renewalsN = 8", "const renewalsN = 9"}},
		inUploader, "TestEightRenewalsAreEvidenceAboutForms"},
	{"intent of a URL", "ParkedTooSoon", "an asset made from a URL is looked for during five minutes", []edit{
		{"uploader/create.go", "const createWindow = 10 * time.Minute", "const createWindow = 5 * time.Minute"}},
		inUploader, "TestAnIntentIsSearchedForTenMinutes/TurnsUp"},
	{"intent of a URL", "ParkedTooLate", "an asset made from a URL is looked for during twenty minutes", []edit{
		{"uploader/create.go", "const createWindow = 10 * time.Minute", "const createWindow = 20 * time.Minute"}},
		inUploader, "TestAnIntentIsSearchedForTenMinutes/IsParked"},
	{"4", "ProcessingForHalfADay", "a row is parked after twelve hours of processing", []edit{
		{"uploader/poll.go", "	processingLimit = 24 * time.Hour", "	processingLimit = 12 * time.Hour"}},
		inUploader, "TestProcessingIsWaitedForADay"},
	{"4", "ProcessingForTwoDays", "a row is parked after two days of processing", []edit{
		{"uploader/poll.go", "	processingLimit = 24 * time.Hour", "	processingLimit = 48 * time.Hour"}},
		inUploader, "TestProcessingIsWaitedForADay"},
}
