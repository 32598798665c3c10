// Package sandbox is a stand-in for FLORA.
package sandbox
