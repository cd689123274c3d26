package tiktoken

// ParseVocabulary reports what is wrong with a vocabulary's file.
func ParseVocabulary(file []byte) error {
	_, err := parseVocabulary(file)
	return err
}
