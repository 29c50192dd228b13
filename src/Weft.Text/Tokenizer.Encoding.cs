namespace Weft.Text;

/// <content>Text to ids.</content>
public sealed partial class Tokenizer
{
    /// <summary>Text to ids.</summary>
    /// <param name="text">Any text; NULs are characters as others are.</param>
    /// <param name="addSpecialTokens">Run the file's post-processor, which adds such tokens as the beginning of the text.</param>
    /// <param name="parseSpecialTokens">
    /// Let the names of special tokens inside the text become those tokens. Off by default: a text from outside cannot then
    /// pretend to be the structure around it.
    /// </param>
    public int[] EncodeToIds(string text, bool addSpecialTokens = true, bool parseSpecialTokens = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        return EncodeToIds(text.AsSpan(), addSpecialTokens, parseSpecialTokens ? SpecialTokens.All : SpecialTokens.None);
    }

    /// <summary>Text to ids, with special tokens allowed by name.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="addSpecialTokens">Run the file's post-processor.</param>
    /// <param name="allowedSpecialTokens">Which special tokens the text may name.</param>
    public int[] EncodeToIds(ReadOnlySpan<char> text, bool addSpecialTokens, SpecialTokens allowedSpecialTokens)
    {
        ArgumentNullException.ThrowIfNull(allowedSpecialTokens);
        return addSpecialTokens
            ? _encoder.Encode<int[]>(text, allowedSpecialTokens, tracked: false, tokens => [.. _postProcessor.Before, .. tokens.Ids, .. _postProcessor.After])
            : _encoder.Encode(text, allowedSpecialTokens, tracked: false, tokens => tokens.Ids.ToArray());
    }

    /// <summary>Number of ids that <see cref="EncodeToIds(string, bool, bool)"/> gives for the same arguments.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="addSpecialTokens">Count the tokens that the post-processor adds.</param>
    /// <param name="parseSpecialTokens">Count the name of a special token inside the text as that one token.</param>
    public int CountTokens(string text, bool addSpecialTokens = true, bool parseSpecialTokens = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        int added = addSpecialTokens ? _postProcessor.AddedCount(pair: false) : 0;
        return added + _encoder.Encode(text, parseSpecialTokens ? SpecialTokens.All : SpecialTokens.None, tracked: false, tokens => tokens.Count);
    }

    /// <summary>Text to tokens, each with the part of the text that it stands for.</summary>
    /// <inheritdoc cref="EncodeToIds(string, bool, bool)"/>
    public IReadOnlyList<EncodedToken> EncodeToTokens(string text, bool addSpecialTokens = true, bool parseSpecialTokens = false)
    {
        EncodedText encoded = Encode(text, new EncodeOptions
        {
            AddSpecialTokens = addSpecialTokens,
            AllowedSpecialTokens = parseSpecialTokens ? SpecialTokens.All : SpecialTokens.None,
        });
        return [.. encoded.Ids.Zip(encoded.Offsets, (id, offset) => new EncodedToken(id, IdToToken(id)!, offset))];
    }

    /// <summary>A text, or a pair of texts, with everything that a model and its user may want to know.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ArgumentException">The truncation leaves no room.</exception>
    public EncodedText Encode(string text, EncodeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Pad([EncodeUnpadded(text, null, options)], options)[0];
    }

    /// <summary>A pair of texts, such as a question and a passage.</summary>
    /// <param name="first">The first text.</param>
    /// <param name="second">The second.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="NotSupportedException">The file has a template for one text only.</exception>
    /// <exception cref="ArgumentException">The truncation leaves no room.</exception>
    public EncodedText EncodePair(string first, string second, EncodeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return Pad([EncodeUnpadded(first, second, options)], options)[0];
    }

    /// <summary>Many texts at once, on several threads; the order is kept. Padded together where the options ask for it.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="maximumParallelism">Most threads; all processors when null.</param>
    /// <param name="cancellationToken">Stops between texts.</param>
    public EncodedText[] EncodeBatch(IReadOnlyList<string> texts, EncodeOptions? options = null, int? maximumParallelism = null, CancellationToken cancellationToken = default)
    {
        var encoded = new EncodedText[CheckBatch(texts)];
        InParallel(texts.Count, maximumParallelism, i => encoded[i] = EncodeUnpadded(texts[i], null, options), cancellationToken);
        return Pad(encoded, options);
    }

    /// <summary>Ids of many texts at once, on several threads; the order is kept.</summary>
    /// <inheritdoc cref="EncodeBatch"/>
    public int[][] EncodeBatchToIds(IReadOnlyList<string> texts, EncodeOptions? options = null, int? maximumParallelism = null, CancellationToken cancellationToken = default)
    {
        options ??= EncodeOptions.Default;
        if (options.Truncate is not null || options.Pad is not null)
            return [.. EncodeBatch(texts, options, maximumParallelism, cancellationToken).Select(text => text.Ids)];
        int[][] ids = new int[CheckBatch(texts)][];
        InParallel(texts.Count, maximumParallelism, i => ids[i] = EncodeToIds(texts[i], options.AddSpecialTokens, options.AllowedSpecialTokens), cancellationToken);
        return ids;
    }

    private static int CheckBatch(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        for (int i = 0; i < texts.Count; i++)
            if (texts[i] is null)
                throw new ArgumentException($"text {i} of the batch is null; give an empty string for no text", nameof(texts));
        return texts.Count;
    }

    private static void InParallel(int count, int? threads, Action<int> run, CancellationToken cancellationToken) =>
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads ?? Environment.ProcessorCount, CancellationToken = cancellationToken }, run);

    private EncodedText EncodeUnpadded(string text, string? second, EncodeOptions? options)
    {
        options ??= EncodeOptions.Default;
        Sequence Track(string sequence) => _encoder.Encode(sequence, options.AllowedSpecialTokens, tracked: true, Sequence.Of);
        return new EncodingBuilder(this, options.AddSpecialTokens ? _postProcessor : _postProcessor.WithoutTemplate())
            .Build(second is null ? [Track(text)] : [Track(text), Track(second)], options.Truncate);
    }

    private static EncodedText[] Pad(EncodedText[] texts, EncodeOptions? options) =>
        options?.Pad is Padding padding ? Paddings.Apply(texts, padding) : texts;
}
