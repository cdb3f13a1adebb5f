// Package jahis reads and writes the two texts that pharmacies and clinics in Japan
// print as two-dimensional symbols: the electronic medication notebook (電子版お薬手帳,
// JAHIS 電子版お薬手帳データフォーマット仕様書 Ver.1.0–2.6) and the prescription for an
// outside pharmacy (JAHIS 院外処方箋2次元シンボル記録条件規約 Ver.1.0–1.10).
//
// Both are lines of a record number and fields, parted by commas; the first line says
// which of the two it is and in which version:
//
//	JAHISTC08,1    notebook; 1 facility to patient, 2 patient to facility
//	JAHIS10        prescription
//
// [Parse] gives a [Text] that holds a [Notebook] or a [Prescription], values as they
// were written; [Text.Documents] gives their clinical meaning; [Persons] tells whom a
// text is of, also one that Parse refuses. A notebook too long
// for one symbol is split between records, with the first line at the head and record
// 911 (data id, number of parts, part) at the end of each: Parse joins what it is given.
// Prescriptions are split by the symbol itself and come here whole.
//
// Shift_JIS (as Windows extends it) and UTF-8 are told apart by the bytes; lines end
// with CRLF, CR or LF. Parse refuses:
//
//	cause                                           message
//	nothing but space                               empty text
//	more than MaxBytes, more than MaxRecords        text of N bytes, ...; more than 50000 records
//	first line is neither header                    line 1: no JAHIS header
//	two headers that record 911 does not join       line N: second text in one file
//	parts of different texts or versions            parts of different texts
//	a part given twice with other content           part N came twice with different content
//	a second person                                 line N (record 1): a second patient
//	RP number or number in the RP is no number      line N (record 201), field 1: ...
//	a record of an RP that has none to belong to    line N (record 281): no drug before it
//	a drug without name and code                    line N (record 201), field 2: no drug
//	a drug's code kind is not one digit             line N (record 201), field 4: kind of ...
//	a drug without amount                           line N (record 201), field 7: no amount
//	an RP with usage but without drug               line N (record 301): RP without a drug
//	a second of what there can be one of            line N (record 11): a second ...
//	an ingredient without its drug                  line N (record 31), field 1: no drug of that number ...
//	part and number of parts are no numbers, or     line N (record 911), field 3: ...; line N (record X):
//	something stands behind them                    record behind the last of a part
//
// All are of kind [fault.Invalid] and wrap an [*Error]. A text that is short of one
// drug looks like a text: therefore a drug that cannot be read refuses the whole, and
// so do shortened layouts that some readers accept, in which a name stands where the
// code should. Everything else is read with a warning that names line and record and
// no value: unknown records (kept, see Unknown), fields beyond those known, a date
// that is none, a missing part, a character that is not Shift_JIS.
//
// # What is certain
//
// The layouts come from published implementations and examples of the two standards,
// which were not read themselves: records and order of fields agree in several of
// them. Code lists do so too except for the kinds of the generic name (record 201
// field 9 of the notebook: 2 is read as the generic name code of the ministry) and
// of usages (record 111: 2 is JAMI's; 3, the list of the electronic prescription
// service, is kept without a system).
package jahis
