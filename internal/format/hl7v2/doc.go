// Package hl7v2 reads and writes HL7 v2.5 messages as Japanese hospitals write them
// (SS-MIX2 標準化ストレージ, JAHIS), tolerantly: by position, without a schema.
//
// Bytes are split into segments at CR, each segment is decoded, and only then are
// fields split, because the halves of ordinary kanji are delimiters: 宮本 holds a
// backslash, 美 a tilde, 内服 both. Standards: HL7 v2.5 chapter 2 (delimiters,
// escapes, data types); SS-MIX2 specification 1.2 for character sets.
//
// A [Message] is its segments in order, unknown and Z segments among them. Fields,
// repetitions, components and subcomponents count from 1 as in PID-5(2).1:
//
//	pid := msg.First("PID")
//	pid.At(5, 2, 1, 1)                    // decoded, unescaped text of PID-5(2).1.1
//	pid.Field(5).Repetitions()            // one by one
//	pid.Field(3).IsNull()                 // "" two quotes: "delete", not "unknown"
//
// What is absent reads as the empty string, never as an error. [Parse] refuses:
//
//	cause                                        message
//	no bytes but framing and escape sequences    empty message
//	more than MaxBytes                           message of N bytes, at most 16777216 are read
//	more than MaxSegments                        more than 50000 segments
//	more than MaxRepetitions                     more than 1000000 repetitions
//	first segment is not MSH                     segment 1: message does not begin with MSH
//	MSH and nothing behind it                    segment 1 (MSH), field 1: no field separator
//	delimiters that are no signs                 segment 1 (MSH), field 2: encoding characters must be signs
//	delimiters that are equal                    segment 1 (MSH), field 2: encoding characters must differ from each other
//	a line break inside of MSH-2                 segment 1 (MSH), field 2: line break inside the encoding characters
//	a second MSH, BHS or FHS                     segment N (X): second message in one file
//	ADD without a field                          segment N (ADD): the message was cut: it goes on in another one
//	DSC with one                                 segment N (DSC), field 1: the message was cut: it goes on in another one
//	ADD behind the header                        segment 2 (ADD): the message was cut: it goes on with another one
//	zeros behind a segment that nothing ended    segment N (X): the message was cut: nothing but N zeros behind it
//	zeros inside of a segment                    segment N (X): the message was cut: zeros in the place of text
//
// [Field.Time] refuses:
//
//	cause                                        message
//	what is no time, or one that cannot be       not a time: ...
//
// What is read costs at most a small multiple of its bytes, whatever it is made of.
// A message is one string for its text and one list of where fields begin; a field
// is split when it is asked for.
//
// All are of kind [fault.Invalid] and wrap an [*Error] with the place; [ErrCut] can be
// told apart. Everything else is a warning: how bytes were repaired, a character set that
// is not declared, spaces before a segment's name, zeros that fill up a block behind the
// end. A line that begins with no segment's name goes on with the text of the line before,
// as if its writer had written \.br\ there: half of a sentence may say the contrary. So does
// an ADD (HL7 v2.5 2.10.2), without a line break and without a warning.
//
// A [Builder] makes messages; [Message.Bytes] prints them in ISO-2022-JP with CR.
package hl7v2
