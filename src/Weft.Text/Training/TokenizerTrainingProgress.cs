namespace Weft.Text;

/// <summary>How far the training of a tokenizer is.</summary>
/// <param name="Stage">"count" while documents are read, then "merge", or "prune" for a unigram model.</param>
/// <param name="Done">Characters read (UTF-16 units), or tokens in the vocabulary.</param>
/// <param name="Total">What <paramref name="Done"/> will reach; 0 while that is unknown.</param>
public sealed record TokenizerTrainingProgress(string Stage, long Done, long Total);
