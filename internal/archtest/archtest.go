// Package archtest keeps the rules of docs/architecture.md as tests: who may import
// whom, that every package says what it is, and that a new package belongs to a layer.
//
// The tests read the source files themselves: a test that shelled out to the go
// command would be served stale from the test cache.
package archtest
