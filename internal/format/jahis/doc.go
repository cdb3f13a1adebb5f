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
//	more than MaxBytes                              text of N bytes, at most 4194304 are read
//	more than MaxRecords                            more than 50000 records
//	zeros in the place of text                      line N: the text was cut: zeros in its place
//	first line is neither header                    line 1: no JAHIS header
//	two headers that record 911 does not join       line N: second text in one file
//	parts of different texts or versions            line N: parts of different texts
//	a part given twice with other content           line N: part N came twice with different content
//	a second person                                 line N (record N): a second patient
//	a number of RP, drug, part or parts is none     line N (record N), field F: ... is no number from 1 to 999
//	a record of a drug that has none before it      line N (record N): no drug before it
//	a drug without name and code                    line N (record 201), field F: no drug
//	a drug's code kind is not one digit             line N (record 201), field F: kind of the drug's code is not one digit
//	a drug without amount                           line N (record 201), field F: no amount
//	two drugs of one number                         line N (record 201), field 2: a second drug of one number
//	an RP with usage but without drug               line N (record N): RP without a drug
//	an RP of a prescription without record 101      line N (record N): RP without its form and quantity (record 101)
//	a second place of a dispensing                  line N (record 11): a second place of one dispensing
//	a second hospital of a dispensing               line N (record 51): a second hospital of one dispensing
//	a second usage of an RP                         line N (record 301): a second usage of one RP
//	a second of what a prescription has one of      line N (record N): a second record of what there is one of
//	more than 4 MB that drugs of an RP repeat       line N: more than N bytes that drugs of one RP, or prescriptions of one dispensing, have in common
//	an ingredient without its drug                  line N (record 31), field 1: no drug of that number (record 3) before it
//	a part behind the last                          line N (record 911), field 3: part is greater than the number of parts
//	something behind a part's own record            line N (record N): record behind the last of a part
//	a last line without end that lacks fields       line N (record N): no end of the line, and not all fields of its record: the text may be cut
//	bytes in no charset, in what is shown           line N (record N), field F: a character of what is shown cannot be read
//
// All are of kind [fault.Invalid] and wrap an [*Error]. A text that is short of one
// drug looks like a text: therefore a drug that cannot be read refuses the whole, and
// so do shortened layouts that some readers accept, in which a name stands where the
// code should. A name with a hole in it is no name, and a last line that was cut is a
// record with other words and figures than were written; a text that ends between two
// records, or in the unit at the end of a prescription's last drug, cannot be told from a
// whole one. Everything else is read with a warning that names line and record and no
// value: unknown records (kept, see Unknown), fields beyond those known, a date that is
// none, a missing part, a character that cannot be read in a record that is not shown, an
// RP without usage or in an unknown form: whether its amounts are of a day, of a dose or
// all nothing tells then, and no figure stands for any.
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
