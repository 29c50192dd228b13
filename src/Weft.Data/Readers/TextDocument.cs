namespace Weft.Data;

/// <summary>One piece of training text: what a split, a deduplicator and a tokenizer treat as a whole.</summary>
/// <param name="Text">The text, as UTF-16; never empty when a reader of this library made it.</param>
/// <param name="Source">Where it came from, for messages and reports; never part of what is learned.</param>
public sealed record TextDocument(string Text, string Source);
