package httpserver

// OnListener serves on a listener of the test's own.
var OnListener = onListener
