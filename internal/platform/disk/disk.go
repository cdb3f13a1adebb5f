// Package disk tells how full a file system is (ディスク空き容量) and whether it lies on another
// machine.
package disk

// Space is the size of a file system and what an ordinary user may still write, in bytes.
type Space struct{ Free, Size uint64 }
