using TorchSharp;

using Weft.Training.Kernels;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>
/// Dropout (Srivastava et al. 2014, JMLR 15:1929) of one training pass. It holds no state: what is dropped is a function of the run's seed, the batch, the row and the
/// place in the model, so that a resumed run and a block that is computed twice drop the same, and so does a batch however it is split into passes.
/// </summary>
internal readonly record struct Dropout
{
    /// <summary>What adapters drop is drawn apart from what is drawn at the other places of a part.</summary>
    private const int FirstAdapterPlace = 16;

    private readonly double _probability;
    private readonly double _ofAdapters;
    private readonly ulong _key;

    private Dropout(double probability, double ofAdapters, ulong key) => (_probability, _ofAdapters, _key) = (probability, ofAdapters, key);

    /// <summary>Row of the batch that the pass begins with.</summary>
    public int FirstRow { get; init; }

    /// <summary>Of one batch of a run; null where nothing is dropped.</summary>
    /// <param name="probability">Of an element to become 0.</param>
    /// <param name="seed">The run's.</param>
    /// <param name="draw">Batches drawn before.</param>
    /// <param name="ofAdapters">Of a number that an adapter reads to become 0.</param>
    public static Dropout? Of(double probability, long seed, long draw, double ofAdapters = 0)
    {
        foreach (double given in new[] { probability, ofAdapters })
            if (!(given >= 0 && given < 1))
                throw new ArgumentOutOfRangeException(nameof(probability), given, "dropout needs a probability from 0 to below 1");
        return probability == 0 && ofAdapters == 0 ? null : new(probability, ofAdapters, SplitMix64.At((ulong)seed, (ulong)draw));
    }

    /// <summary>Of a place inside, independent of every other place.</summary>
    public Dropout At(int place) => new(_probability, _ofAdapters, SplitMix64.At(_key, (ulong)place)) { FirstRow = FirstRow };

    /// <summary>Of what an adapter reads; null where nothing of it is dropped.</summary>
    public Dropout? OfAdapter(int place) => _ofAdapters == 0 ? null : new(_ofAdapters, 0, SplitMix64.At(_key, (ulong)(FirstAdapterPlace + place))) { FirstRow = FirstRow };

    /// <summary>y with some elements 0 and the rest scaled, [B, ...].</summary>
    public Tensor Apply(Tensor y) => _probability == 0 ? y : Add(null, y);

    /// <summary>x + y of two tensors alike, [B, ...], y with dropout where there is one.</summary>
    public static Tensor Sum(Tensor x, Tensor y, Dropout? dropout) => dropout is { _probability: > 0 } some ? some.Add(x, y) : x.Plus(y);

    /// <summary>By torch's operators, which keep a mask: for devices and types that our own kernel does not know. The same elements are dropped.</summary>
    internal Tensor ByTorch(Tensor? x, Tensor y)
    {
        DropoutMask mask = MaskOf(y);
        using Scalar threshold = (long)mask.Threshold, zero = 0.0;
        using Tensor halves = TorchSplitMix64.Halves(mask.Key, mask.First, y.numel(), y.device);
        Tensor dropped = y.masked_fill(halves.lt(threshold).view(y.shape), zero).Times(mask.Scale);
        return x is null ? dropped : x.Plus(dropped);
    }

    private Tensor Add(Tensor? x, Tensor y) => DropoutSum.Fits(y, x) ? DropoutSum.Apply(y, x, MaskOf(y)) : ByTorch(x, y);

    private DropoutMask MaskOf(Tensor y) => new(_key, (ulong)FirstRow * (ulong)(y.numel() / y.shape[0]), _probability);
}
