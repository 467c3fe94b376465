"""The pages over HTTP: a view authorises, parses, calls one service and renders."""
