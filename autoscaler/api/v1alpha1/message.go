package v1alpha1

import "strings"

// maxMessage is below the 32,768 bytes that the API server accepts of a condition's message.
const maxMessage = 30_000

// TruncateMessage shortens a condition's message to 30,000 bytes.
func TruncateMessage(message string) string {
	if len(message) <= maxMessage {
		return message
	}
	return strings.ToValidUTF8(message[:maxMessage], "") + "…"
}
