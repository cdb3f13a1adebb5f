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
//	an empty field                             file name has an empty field ...; file name without ...
//	no day of the calendar                     care date in the file name is neither YYYYMMDD nor "-"
//	time stamp of other than 14-17 digits      time stamp in the file name is not YYYYMMDDHHMMSSFFF
//	flag other than 0, 1, 2                    condition flag in the file name is neither 0, 1 nor 2
//	another patient's folder                   patient folder: belongs to another patient
//	another date's or type's folder            file name and folder differ in the ...
//
// Files are refused with, besides what [hl7v2.Parse] refuses:
//
//	cause                                      message
//	a type that the specification lacks        data type "X": unknown data type
//	more repetitions of fields than any has    segment N (X): more than 100000 repetitions in the message
//	stops inside a character or a segment      segment N (X): the message was cut ...
//	MSH-9 missing or of another data type      segment 1 (MSH), field 9: ...
//	a segment missing without which there is   segment N: no X segment: the message was cut
//	nothing to read
//	an order without what it orders            segment N (ORC): no X segment behind it: the message was cut
//	a kind of injection without its drugs      segment N (RXE): no RXC segment behind it, which has the drugs: ...
//	RXE, RXA, ODS … without an order           segment N (X): no ORC before it
//	PID-3 is not the folder's patient          segment N (PID), field 3: belongs to another patient
//	two patients in one message                segment N (PID): belongs to another patient
//	an entry without its drug, test, disease,  segment N (X), field F: no ...
//	examination, procedure, diet, allergen
//	a cancellation that is flagged current     segment N (X), field 1: cancellation in a file that is flagged current
//	a character of no set, outside of PID      characters that cannot be decoded: segment N (X), ...
//	the same in the kana name                  segment N (PID), field 5: characters that cannot be decoded: kana name
//
// All are of kind [fault.Invalid]; [ErrWrongPatient], [ErrIdentity], [ErrUnknownType],
// [ErrCut], [ErrCancelled] and [ErrEncoding] can be told apart. Everything else is read with a warning that names
// segment and field and no value: a care date that differs from the message's, an
// order number that differs from ORC-2, a trigger event that known systems write by
// mistake, a message of an older edition, a value that is no time.
//
// # Messages without a name
//
// [NameOf] names a message that came over a wire; [ReadVitals] reads vital signs, which
// lie in extended storages. NameOf refuses:
//
//	cause                                      message
//	no or an unknown message type              segment 1 (MSH), field 9: ...
//	no patient, or more than one               ... no PID segment; a second PID segment ...; field 3: no patient id, more than one patient id
//	no care date where the type has one        segment N (X), field F: no care date; care date is no day
//	no order number, or orders of several      segment N (X), field 2: no order number; orders of more than one number
//	an OMP^O09 that is partly done             segment N (ORC), field 5: some orders of the message were performed and others not
//	neither prescription nor injection         segment N (X): nothing tells whether it is a prescription or an injection
//	an examination of no known kind            segment N (OBR), field 4: neither code system, section nor modality ...
//	of a kind that the message is not for      segment N (OBR), field F: no examination that the message type is for
//	parts that no file name can have           segment 1 (MSH): no name for the message: ...
//
// # Meaning
//
// Codes: the facility's own system (99xxx, L) goes to the local half of a
// [clinical.Coded] wherever its triplet stood. The event of an encounter is that of
// the data type; Start and End of leave, return and transfer are EVN-6 and PV2-47,
// since PV1-44 is then the admission's; those of what is planned are PV2-8 and PV2-9; a
// change of the attending doctor has since when in Start.
//
// Drugs: RP numbers written as order_RP_admin give the RP. A compounded drug has its
// components (RXC). Durations other than days, weeks and doses stay as written. An
// injection order without RXC has its drug in RXE-2. Performed drugs are those of RXA,
// whatever the RXE before them ordered, by the route (RXR) behind them; RXA-20 other
// than CP is in Status and must be looked at. What is given per time unit (RXE-22) stands beside its amount.
//
// Laboratory: a value is as written, SN joined (<^0.05 is <0.05, ^1^:^32 is 1:32). Notes
// (NTE) go with what stands before them: a result, its panel, the report. A panel
// without results is a result without value if its laboratory says why. Rows of a
// culture name their organism: by the same OBX-4, or by OBR-26 for susceptibilities,
// whose S, I and R mean nothing without it; [clinical.Cultures] groups them.
//
// Examinations: an order, its repetition as parent (PA) are one, each part (CH) is
// another that names its parent. An OBX behind a procedure (ZE1) is that procedure's;
// drugs and materials among them (ZRD) are its materials.
//
// A list of allergies has None set only by an entry that denies allergies of every
// kind ("アレルギーなし"); a denial of one kind stays an entry, and a denial beside a
// real allergy is dropped with a warning. Entries that the message itself withdraws
// (ORC-1 CA, PRB-1 DE, IAM-6 D, IAM-17 E, OBX-11 D or W, RXA-21 D) are left out with
// a warning.
//
// Of the first SS-MIX, under the data types of today: diseases and allergies as
// ADT^A08 (DG1, AL1), results as OML^O33, orders and performances as OMP^O09 (RXO).
package ssmix2
