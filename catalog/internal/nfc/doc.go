// Package nfc does not know what a name is, which characters one may hold or
// what a catalog does with it. It knows one thing: Unicode Normalization Form C.
//
// Two spellings of one word, such as "é" written as one character or as an "e"
// followed by an accent, look the same to a reader and must be one name (ruling
// R22). [String] brings every spelling to the same one, the composed form of
// Unicode Standard Annex 15; [IsNormal] says whether a text is there already.
//
// Text that is not valid UTF-8 is no error here: the bytes that are no character
// stay as they are, and characters never combine across them. Text of any length
// is normalised as a whole: the optional Stream-Safe Text Format of the annex,
// which breaks a run of more than 30 marks, is not applied.
//
// The functions keep no state and may be called by any number of goroutines.
//
// The tables are those of one Unicode version, [Version], which is the version
// of the standard library's package unicode. Characters that this version does
// not assign are left alone. Normalization is stable: what is in form C today is
// in form C under every later version.
package nfc
