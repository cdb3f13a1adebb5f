// Package ssmix2 reads the standard storage of SS-MIX2 (標準化ストレージ): what folders
// and file names say, which file of an entry is current, and what a message means
// (SS-MIX2 standardized storage specification 1.2, data types, file names and
// condition flags; HL7 v2.5 and JAHIS for the messages).
//
// [ParsePath] and [ParseName] read names, [Name.Path] writes them, [Resolve] tells
// the current file of every entry, [ReadDocument] reads one file into a
// [clinical.Document], whatever of the specification's data types it is. Nothing here
// touches a disk.
//
// Names are refused with:
//
//	cause                                      message
//	fewer than seven fields                    file name of N fields, 7 are needed
//	an empty care date or department           file name has an empty field; none is written as "-"
//	no patient id, data type or order number   file name without ...
//	no day of the calendar                     care date in the file name is neither YYYYMMDD nor "-"
//	time stamp of other than 14-17 digits      time stamp in the file name is not YYYYMMDDHHMMSSFFF
//	a time stamp that is no time               time stamp in the file name is no time: ...
//	flag other than 0, 1, 2                    condition flag in the file name is neither 0, 1 nor 2
//	control characters, slashes, no UTF-8      file name has a character that no file name may have
//	an underscore in order or department       file name has an underscore inside a field
//	a path of other than six parts             path of N parts, 6 are needed
//	another patient's folder                   patient folder: belongs to another patient
//	another date's folder                      file name and folder differ in the care date
//	another type's folder                      file name and folder differ in the data type
//	upper folders of another id                the upper folders are not the first six characters of the patient id
//	an id that is too short for a folder       a patient id of N characters has no folder, 6 are needed
//	an id that can be no folder                patient id has a character that its folder's name may not have
//
// Files are refused with, besides what [hl7v2.Parse] refuses:
//
//	cause                                      message
//	a type that the specification lacks        data type "X": unknown data type
//	no segment at all                          message without segments
//	more repetitions of fields than any has    segment N (X): more than 100000 repetitions in the message
//	entries that would repeat too much         segment N (X): more than 4194304 bytes that the entries of one order have in common
//	stops inside a character                   segment N (X): the message was cut inside a character
//	stops inside a segment's name              segment N (X): the message was cut inside the name of the segment behind it
//	stops before a field that must be there    segment N (X): the message was cut before field F
//	stops inside of such a field               segment N (X): the message was cut inside field F
//	MSH-9 missing                              segment 1 (MSH), field 9: no message type: the message was cut
//	MSH-9 of another data type                 segment 1 (MSH), field 9: message is no X, which the data type wants
//	a trigger event of another data type       segment 1 (MSH), field 9: trigger event is not X, which the data type wants
//	a segment missing that must be there       segment N (X): no X segment: the message was cut
//	an order without what it orders            segment N (ORC): no X segment behind it: the message was cut
//	a kind of injection without its drugs      segment N (RXE): no RXC segment behind it, which has the drugs: the message was cut
//	the same, given                            segment N (RXA), field 5: no RXC segment before it, which has the drugs: the message was cut
//	RXE, RXA, ODS … without an order           segment N (X): no ORC before it
//	PID-3 is not the folder's patient          segment N (PID), field 3: belongs to another patient
//	two patients in one message                segment N (PID): belongs to another patient
//	no patient id of the facility's            segment N (PID), field 3: no patient id
//	birth date and name of another record      segment N (PID), field 7: names another person: birth date and name
//	no birth date to compare, another name     segment N (PID), field 5: names another person: name
//	sex and given name of another record       segment N (PID), field 5: names another person: sex and given name
//	nobody's, and the number another's then    segment N (PID): does not name the patient, and the number was or may have been another's
//	demographics of nobody                     segment N (PID), field 5: no patient name
//	an entry without its drug                  segment N (X), field F: no drug
//	an injection without kind and drug         segment N (X), field F: no kind of injection or drug
//	a result or order without its test         segment N (OBX), field 3: no test
//	an examination without its name            segment N (OBR), field 4: no examination
//	a procedure without its name               segment N (ZE1), field 3: no procedure
//	a diet without its name                    segment N (ODS), field 3: no diet
//	a tray without its name                    segment N (ODT), field 1: no tray
//	a disease without its name                 segment N (X), field 3: no disease
//	an allergy without its allergen            segment N (X), field 3: no allergen
//	more studies than any examination has      segment N (IPC): more than N studies of one examination
//	a cancellation that is flagged current     segment N (X), field F: cancellation in a file that is flagged current
//	a character of no set, outside of PID      characters that cannot be decoded: segment N (X), ...
//	the same in the kana name                  segment N (PID), field 5: characters that cannot be decoded: kana name
//
// All are of kind [fault.Invalid]; [ErrWrongPatient], [ErrIdentity], [ErrUnnamed], [ErrUnknownType],
// [ErrCut], [ErrCancelled] and [ErrEncoding] can be told apart. Everything else is read with a warning that names
// segment and field and no value: a care date that differs from the message's, an
// order number that differs from ORC-2, a trigger event that known systems write by
// mistake, a message of an older edition, a value that is no time. A file's name is held
// against the message too: the department, where ORC-17 has one of the same table; and
// against its own rules (time stamp, code of the department). What of that hospital IT can
// mend stands in the document's Remarks as well, once of each [clinical.RemarkKind].
//
// # Messages without a name
//
// [NameOf] names a message that came over a wire; [ReadVitals] reads vital signs, which
// lie in extended storages; [ByOrder] takes several orders apart. NameOf refuses:
//
//	cause                                      message
//	no message type                            segment 1 (MSH), field 9: no message type
//	a type that no storage has                 segment 1 (MSH), field 9: message type has no place in a standard storage: unknown data type
//	no PID segment                             segment 1 (MSH): no PID segment
//	two patients                               segment N (PID): a second PID segment: the message is of more than one patient
//	two ids of one patient                     segment N (PID), field 3: more than one patient id
//	no id                                      segment N (PID), field 3: no patient id
//	no care date where the type has one        segment N (X), field F: no care date
//	a care date that is none                   segment N (X), field F: care date is no day
//	no segment that would have it              segment 1 (MSH): no X segment, which has the care date
//	no order number                            segment N (X), field 2: no order number
//	no segment that would have it              segment 1 (MSH): no ORC segment, which has the order number
//	orders of several numbers, not parted      segment N (ORC), field 2: orders of more than one number
//	drugs without an order                     segment 1 (MSH): no ORC segment, which begins an order
//	an OMP^O09 that is partly done             segment N (ORC), field 5: some orders of the message were performed and others not
//	neither prescription nor injection         segment N (X): nothing tells whether it is a prescription or an injection
//	no examination                             segment 1 (MSH): no OBR segment, which has the examination
//	an examination of no known kind            segment N (OBR), field 4: neither code system, section nor modality tells what examination it is
//	of a kind that the message is not for      segment N (OBR), field F: no examination that the message type is for
//	the same, told by the modality             segment N (OBR): no examination that the message type is for
//	parts that no file name can have           segment 1 (MSH): no name for the message: ...
//
// # Meaning
//
// Codes: the facility's own system (99xxx, L) goes to the local half of a
// [clinical.Coded] wherever its triplet stood. The event of an encounter is that of
// the data type; Start and End of leave, return and transfer are EVN-6 and PV2-47,
// since PV1-44 is then the admission's; those of what is planned are PV2-8 and PV2-9; a
// change of the attending doctor has since when in Start. The list of allergies is that of
// ADT-00 (AL1) and ADT-61 (IAM); AL1 of an order or an admission are stated beside it and
// make no list, neither one with entries nor one that denies.
//
// What became of an order (ORC-1, ORC-5) is that of each of its entries. One that is
// cancelled is left out; one that was discontinued, held, replaced or not accepted stays. From
// when on a drug was discontinued is ORC-15, else ORC-9, unless that may be the order's own. Why
// it ended (ORC-16) is among its words.
//
// A field that has one entry by its table and several in a message has all of them, in
// words (左眼、右眼); an allergy is one for each allergen that its segment names. A test or an
// examination keeps the code of the first; of drugs, diseases and procedures the first is
// shown, with a warning. What was written before it was coded (CWE-9) stands behind the
// text of the code, in brackets.
//
// Urgency (TQ1-9) is that of each order. What is said before the first of several orders
// is of all of them.
//
// Drugs: RP numbers written as order_RP_admin give the RP. A compounded drug has its components
// (RXC). Durations other than days, weeks and doses stay as written. An injection order without
// RXC has its drug in RXE-2. Performed drugs are those of RXA, whatever the RXE before them
// ordered, by the route (RXR) behind them, the site with its side (RXR-6); where RXA-5 is the
// kind of an injection, those of its RXC. What a mixture says of one of its drugs (RXC-7) is
// among the words. What was to be mixed in (RXC) and no RXA names is a comment. RXA-20 other than CP is
// in Status and must be looked at. What is given per time unit (RXE-22) stands beside its
// amount. Where several TQ1 follow each other (TQ1-7, TQ1-8, TQ1-12), differ in how long or how
// often, or say other amounts (TQ1-2) than the order, each is written out as an instruction,
// and of dose, days and times stands what is of all of them. How far apart the times are
// (TQ1-5) and how long each takes (TQ1-13) is an instruction too. Where another drug was handed
// out than was ordered, dose, strength, form, components and further codes of the order are not
// its own: they are an instruction. A drug is taken when needed if its usage code, its repeat
// pattern or its category says so.
//
// Laboratory: a value is as written, SN joined (<^0.05 is <0.05, ^1^:^32 is 1:32). Notes (NTE)
// go with what stands before them: a result, its panel, a measurement of the patient; those on
// an order or a specimen with the report. A panel without results is a result without value if
// its laboratory says why. What is said of the request and the specimen as a whole (TQ1,
// OBR-12, OBR-13, SPM-21, SPM-24) is in Circumstances. A specimen is that of the panels behind
// it, in ORU^R01 of the one before it, and so wherever the first panel has none before it and
// the last specimen no panel behind it; if only one of these holds, no specimen is shown. An
// ORC is that of the panels behind it in OML, elsewhere of one. Without SPM the specimen of a
// panel is its OBR-15. Rows of a culture name their organism: by the same OBX-4, or by OBR-26
// for susceptibilities, whose S, I and R mean nothing without it; [clinical.Cultures] groups
// them.
//
// Examinations: an order, its repetition as parent (PA) are one, each part (CH) is
// another that names its parent. An OBX behind a procedure (ZE1) is that procedure's;
// drugs and materials among them (ZRD) are its materials. How much, when, how often and how
// long it is to be done (TQ1-2 to TQ1-6, TQ1-8, TQ1-13, TQ1-14) is a comment.
//
// A list of allergies has None set only by an entry that denies allergies of every
// kind ("アレルギーなし"); a denial of one kind stays an entry, and a denial beside a
// real allergy is dropped with a warning. Entries that the message itself withdraws
// (ORC-1 or ORC-5 CA, PRB-1 DE, IAM-6 D, IAM-17 E, OBX-11 D or W, RXA-21 D) are left out with
// a warning.
//
// Of the first SS-MIX, under the data types of today: diseases and allergies as
// ADT^A08 (DG1, AL1), results as OML^O33, orders and performances as OMP^O09 (RXO).
package ssmix2
