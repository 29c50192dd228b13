using System.Collections.Concurrent;

using Weft.Data;
using Weft.Training.Runs;

namespace Weft.Training.Baselines;

/// <summary>What the nearest training pairs answer.</summary>
/// <param name="Sources">Of the test pairs of a recipe, or its validation pairs where there are none.</param>
/// <param name="Answers">To each, the target of a training pair.</param>
/// <param name="Targets">What was to be answered.</param>
public sealed record NearestPairResult(IReadOnlyList<string> Sources, IReadOnlyList<string> Answers, IReadOnlyList<string> Targets);

/// <summary>
/// What a model of pairs has to beat: the answer to a source is the target of the training pair whose source is nearest to it, by the cosine of their n-grams
/// (see <see cref="HashedNGrams"/>, learnt from the training sources); of equally near ones the first in the files.
/// Legend: H held-out pairs.
/// </summary>
public sealed class NearestPairBaseline
{
    /// <summary>Training pairs that are compared at a time.</summary>
    private const int Part = 256;

    private readonly HashedNGrams _features;

    /// <summary>[buckets + 1]: where the entries of a bucket begin.</summary>
    private readonly int[] _starts = new int[HashedNGrams.Buckets + 1];

    /// <summary>Held-out sources that have something in a bucket, and how much, bucket by bucket.</summary>
    private readonly int[] _rows;
    private readonly float[] _values;

    /// <summary>[H]: the greatest cosine so far, and the training pair that has it.</summary>
    private readonly (float Cosine, int Pair)[] _nearest;

    private NearestPairBaseline(HashedNGrams features, IReadOnlyList<TextDocument> held, CancellationToken cancellation)
    {
        _features = features;
        (int[] Places, float[] Values)[] vectors = [.. held.AsParallel().AsOrdered().WithCancellation(cancellation).Select(source => features.Of(source.Text))];
        foreach (int bucket in vectors.SelectMany(vector => vector.Places))
            _starts[bucket + 1]++;
        for (int bucket = 0; bucket < HashedNGrams.Buckets; bucket++)
            _starts[bucket + 1] += _starts[bucket];
        (_rows, _values) = (new int[_starts[^1]], new float[_starts[^1]]);
        int[] next = [.. _starts];
        foreach ((int row, (int[] places, float[] values)) in vectors.Index())
            foreach ((int bucket, float value) in places.Zip(values))
            {
                int entry = next[bucket]++;
                (_rows[entry], _values[entry]) = (row, value);
            }
        _nearest = new (float, int)[held.Count];
        Array.Fill(_nearest, (-1, int.MaxValue));
    }

    /// <summary>Answers the held-out sources of a recipe, which are those that a run of it is judged by.</summary>
    /// <param name="recipe">Its text says what the pairs are; there is no task.</param>
    /// <param name="observer">Is told what was read.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="InvalidDataException">The recipe has no pairs, or they cannot be used.</exception>
    public static NearestPairResult Run(Recipe recipe, IRunObserver observer, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(observer);
        Check(recipe);
        (Corpus sources, Corpus targets) = PairText.Read(recipe.Text, observer, cancellation);
        bool test = sources.Test.Count > 0;
        (IReadOnlyList<TextDocument> held, IReadOnlyList<TextDocument> wanted) = test ? (sources.Test, targets.Test) : (sources.Validation, targets.Validation);
        if (sources.Train.Count == 0)
            throw new InvalidDataException(FormattableString.Invariant(
                $"all pairs are held out, text.validation being {recipe.Text.Validation} and text.test {recipe.Text.Test}, so that none is left to answer with; give smaller shares"));
        HashSet<string> learnt = [.. sources.Train.Select(source => source.Text)];
        int shared = held.Count(source => learnt.Contains(source.Text));
        if (shared > 0)
            observer.Info(FormattableString.Invariant($"the sources of {shared:N0} of {held.Count:N0} held-out pairs are sources of training pairs too"));
        var baseline = new NearestPairBaseline(new([.. sources.Train.Select(source => source.Text)]), held, cancellation);
        baseline.Compare(sources.Train, cancellation);
        return new([.. held.Select(source => source.Text)], [.. baseline._nearest.Select(nearest => targets.Train[nearest.Pair].Text)], [.. wanted.Select(target => target.Text)]);
    }

    private static void Check(Recipe recipe)
    {
        RecipeCheck.Require(recipe.Text.HasPairs, "text.pairs", null, "the nearest neighbour answers with targets of pairs; give source and target, or two of text.columns");
        RecipeRange.Check(recipe);
        recipe.Text.Columns?.Check(recipe);
        RecipeCheck.Require(recipe.Text.Pairs is null || recipe.Text.Paths.Count == 0, "text.paths", "given", "text.pairs is given too; leave one of them out");
        recipe.Text.Pairs?.Check();
    }

    private void Compare(IReadOnlyList<TextDocument> train, CancellationToken cancellation) =>
        Parallel.ForEach(Partitioner.Create(0, train.Count, Part), new() { CancellationToken = cancellation }, part =>
        {
            var nearest = new (float Cosine, int Pair)[_nearest.Length];
            Array.Fill(nearest, (-1, int.MaxValue));
            float[] cosines = new float[_nearest.Length];
            for (int pair = part.Item1; pair < part.Item2; pair++)
            {
                Sum(train[pair].Text, cosines);
                for (int row = 0; row < cosines.Length; row++)
                    if (cosines[row] > nearest[row].Cosine)
                        nearest[row] = (cosines[row], pair);
            }
            // Whichever part is ready first, of equals the first pair stays.
            lock (_nearest)
                for (int row = 0; row < nearest.Length; row++)
                    if (nearest[row].Cosine > _nearest[row].Cosine || (nearest[row].Cosine == _nearest[row].Cosine && nearest[row].Pair < _nearest[row].Pair))
                        _nearest[row] = nearest[row];
        });

    /// <summary>The cosines of a training source with all held-out ones.</summary>
    private void Sum(string source, float[] cosines)
    {
        Array.Clear(cosines);
        (int[] places, float[] values) = _features.Of(source);
        for (int i = 0; i < places.Length; i++)
            for (int entry = _starts[places[i]]; entry < _starts[places[i] + 1]; entry++)
                cosines[_rows[entry]] += values[i] * _values[entry];
    }
}
