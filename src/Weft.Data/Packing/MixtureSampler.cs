namespace Weft.Data;

/// <summary>
/// Draws each window from one of several sources, by weight. Draws are stratified: of the draws of a block, each source gets its share of the
/// whole run so far to the nearest window, in a seeded order. So proportions are exact over any number of blocks, whatever the weights, and the n-th
/// choice is a function of (seed, n) alone, in constant memory. Each source keeps its own order and its own epochs. Not safe for concurrent use.
/// </summary>
public sealed class MixtureSampler
{
    /// <summary>
    /// Draws of a block. Long enough that batches do not repeat one composition; short enough that proportions hold early: after n draws no source
    /// is off by more than one window at a block's end.
    /// </summary>
    public const int BlockSize = 256;

    private readonly IWindowSampler[] _samplers;
    private readonly double[] _weights;

    /// <summary>Sum of the shares up to each source; the last is 1 exactly.</summary>
    private readonly double[] _cumulative;

    private readonly ulong _seed;
    private long _position;

    /// <summary>Starts at the first draw.</summary>
    /// <param name="sources">A sampler and a weight each; the weights need not add up to 1.</param>
    /// <param name="seed">Seed of the choices.</param>
    /// <exception cref="ArgumentException">There is no source, or a weight is not a positive number.</exception>
    public MixtureSampler(IEnumerable<(IWindowSampler Sampler, double Weight)> sources, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(sources);
        (IWindowSampler Sampler, double Weight)[] all = [.. sources];
        if (all.Length == 0)
            throw new ArgumentException("a mixture has at least one source", nameof(sources));
        foreach ((_, double weight) in all)
            if (!double.IsFinite(weight) || weight <= 0)
                throw new ArgumentException(FormattableString.Invariant($"weight {weight} is no share; give positive numbers"), nameof(sources));
        _samplers = [.. all.Select(source => source.Sampler)];
        double sum = all.Sum(source => source.Weight);
        _weights = [.. all.Select(source => source.Weight / sum)];
        _cumulative = new double[all.Length];
        for (int i = 0; i < all.Length; i++)
            _cumulative[i] = i == all.Length - 1 ? 1 : Math.Min(1, _weights[i] + (i == 0 ? 0 : _cumulative[i - 1]));
        _seed = seed;
    }

    /// <summary>
    /// The state after the last draw. Setting it back, on this mixture or on a new one over the same sources, reproduces the following
    /// windows exactly.
    /// </summary>
    /// <exception cref="ArgumentException">The cursor belongs to another mixture.</exception>
    public MixtureCursor Cursor
    {
        get => new(_seed, _position, _weights, [.. _samplers.Select(sampler => sampler.Cursor)]);
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Seed != _seed || value.Position < 0 || value.Weights is null || value.Sources is null || value.Sources.Count != _samplers.Length
                || !value.Weights.SequenceEqual(_weights))
                throw new ArgumentException(
                    "the cursor belongs to a mixture of other sources, weights or seed; resume with the same data", nameof(value));
            for (int i = 0; i < _samplers.Length; i++)
                _samplers[i].Cursor = value.Sources[i];
            _position = value.Position;
        }
    }

    /// <summary>Draws the next windows.</summary>
    /// <param name="destination">Receives [windows, length + 1] ids, row-major.</param>
    /// <param name="windows">Windows to draw, at least one.</param>
    /// <param name="length">Targets per window, at least one.</param>
    /// <exception cref="ArgumentException">The destination is too small, or a source is shorter than one window.</exception>
    public void Next(Span<long> destination, int windows, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(windows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        if (destination.Length < (long)windows * ((long)length + 1))
            throw new ArgumentException(
                $"destination holds {destination.Length} ids; {windows} windows of {length} + 1 need more", nameof(destination));
        for (int row = 0; row < windows; row++)
        {
            _samplers[SourceOf(_position)].Next(destination.Slice(row * (length + 1), length + 1), 1, length);
            _position++;
        }
    }

    /// <summary>The source of the n-th draw.</summary>
    internal int SourceOf(long draw)
    {
        long block = draw / BlockSize;
        var order = new IndexPermutation(BlockSize, CounterRandom.At(_seed, (ulong)block));
        long slot = order[draw % BlockSize];
        // Source i owns the slots from the end of source i - 1 to its own.
        int source = 0;
        while (slot >= Quota(block + 1, source) - Quota(block, source))
            source++;
        return source;
    }

    /// <summary>
    /// Draws that the sources up to one have had when so many blocks are done. Rounded for the whole run, not for a block, so that
    /// rounding never adds up.
    /// </summary>
    private long Quota(long blocks, int source) => (long)Math.Round(blocks * BlockSize * _cumulative[source], MidpointRounding.AwayFromZero);
}

/// <summary>Everything a mixture needs to go on exactly where it was: plain numbers, to be stored in a training checkpoint.</summary>
/// <param name="Seed">Seed of the choices.</param>
/// <param name="Position">Windows drawn.</param>
/// <param name="Weights">Share of each source.</param>
/// <param name="Sources">Where each source stands.</param>
public sealed record MixtureCursor(ulong Seed, long Position, IReadOnlyList<double> Weights, IReadOnlyList<WindowCursor> Sources);
